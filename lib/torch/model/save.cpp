// SPDX-License-Identifier: MIT
#include "model/save.hpp"

#include <torch/csrc/jit/serialization/export.h>

#include <exception>

#include "exchange/fail.hpp"
#include "model/script_model.hpp"

namespace weightport::libtorch {

void write_archive(const Model &model, const std::function<void(std::span<const std::byte>)> &write) {
  const auto *script = dynamic_cast<const ScriptModel *>(&model);
  if (!script) fail(WP_ERROR_UNSUPPORTED, "only a TorchScript model can be saved whole: save the model's state_dict");
  std::exception_ptr failure;
  auto take = [&](const void *bytes, size_t size) -> size_t {
    // libtorch's writer finishes in its destructor, where an exception would end the program: so it never sees one.
    if (failure) return size;
    try {
      write({static_cast<const std::byte *>(bytes), size});
    } catch (...) {
      failure = std::current_exception();
    }
    return size;
  };
  torch::jit::ExportModule(script->module(), take);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace weightport::libtorch
