// SPDX-License-Identifier: MIT
#include "model/load.hpp"

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "exchange/boundary.hpp"
#include "exchange/fail.hpp"
#include "model/build.hpp"
#include "model/script_model.hpp"

namespace weightport::libtorch {
namespace {

using caffe2::serialize::ReadAdapterInterface;

class MemoryAdapter final : public ReadAdapterInterface {
 public:
  MemoryAdapter(const void *data, size_t size) : data_(static_cast<const char *>(data)), size_(size) {}
  size_t size() const override { return size_; }
  size_t read(uint64_t offset, void *buffer, size_t n, const char *) const override {
    if (offset >= size_) return 0;
    n = std::min(n, size_ - static_cast<size_t>(offset));
    std::memcpy(buffer, data_ + offset, n);
    return n;
  }

 private:
  const char *data_;
  size_t size_;
};

const char *name_of(const wp_source &source) { return source.name ? source.name : "source"; }

class SourceAdapter final : public ReadAdapterInterface {
 public:
  explicit SourceAdapter(const wp_source &source) : source_(source) {}
  size_t size() const override { return source_.size; }
  size_t read(uint64_t offset, void *buffer, size_t n, const char *) const override {
    if (offset >= source_.size) return 0;
    n = static_cast<size_t>(std::min<uint64_t>(n, source_.size - offset));
    if (int32_t status = source_.read_at(offset, buffer, n, source_.user)) {
      wp_error *error = wp_error_create(
          WP_ERROR_CALLBACK,
          concat(name_of(source_), ": read_at returned ", status, " for ", n, " bytes at byte ", offset).c_str(), nullptr);
      wp_error_set_file(error, name_of(source_), static_cast<int64_t>(offset));
      wp_error_set_status(error, status);
      throw Error(error);
    }
    return n;
  }

 private:
  const wp_source &source_;
};

// libtorch's loader, only for what our own reader found to be a TorchScript archive: it names no file in what it throws.
template <class Input>
Ref<Model> load_script(const std::string &name, const ModelOptions &options, Input input) {
  try {
    return make_ref<ScriptModel>(torch::jit::load(std::move(input), options.device));
  } catch (const Error &) {
    throw;
  } catch (const c10::Error &e) {
    fail_in_file(name, WP_ERROR_TORCH, fact_of(e.what_without_backtrace()));
  }
}

// `open` gives the checkpoint; `input` is what libtorch's loader takes where it is a TorchScript archive, which is found out
// without reading a tensor. The tensors of any other own their memory: a model outlives its file, and does not change with it.
template <class Open, class Input>
Ref<Model> load(const std::string &name, const ModelOptions &options, Open open, Input input) {
  wp_open_options how = WP_OPEN_OPTIONS_INIT;
  how.limits = options.limits;
  if (open(how).format() == WP_FORMAT_TORCHSCRIPT) return load_script(name, options, std::move(input));
  how.memory = WP_MEMORY_READ;
  return build_saved_module(open(how).root(), options.device);
}

}  // namespace

Ref<Model> load_model(const char *path, const ModelOptions &options) {
  auto open = [&](const wp_open_options &how) { return Checkpoint::open(path, &how); };
  return load(path, options, open, std::string(path));
}

Ref<Model> load_model(const void *data, size_t size, const char *name, const ModelOptions &options) {
  auto open = [&](const wp_open_options &how) {
    wp_checkpoint *opened;
    check(wp_checkpoint_open_memory(&opened, data, size, name, &how));
    return Checkpoint(opened);
  };
  return load(name ? name : "memory", options, open, std::make_shared<MemoryAdapter>(data, size));
}

Ref<Model> load_model(const wp_source &source, const ModelOptions &options) {
  wp_source kept_open = source;
  kept_open.map = nullptr;
  kept_open.close = nullptr;
  auto open = [&](const wp_open_options &how) { return Checkpoint::open_source(kept_open, &how); };
  return load(name_of(source), options, open, std::make_shared<SourceAdapter>(kept_open));
}

}  // namespace weightport::libtorch
