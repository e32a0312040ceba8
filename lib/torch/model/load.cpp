// SPDX-License-Identifier: MIT
#include "model/load.hpp"

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

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

wp_open_options open_options(const ModelOptions &options) {
  wp_open_options open = WP_OPEN_OPTIONS_INIT;
  open.limits = options.limits;
  return open;
}

// libtorch's loader, only for what our own reader found to be a TorchScript archive: it names no file in what it throws.
template <class... Input>
Ref<Model> load_script(const std::string &name, const ModelOptions &options, Input &&...input) {
  try {
    return make_ref<ScriptModel>(torch::jit::load(std::forward<Input>(input)..., options.device));
  } catch (const Error &) {
    throw;
  } catch (const c10::Error &e) {
    fail_in_file(name, WP_ERROR_TORCH, e.what_without_backtrace());
  }
}

bool is_script(const Checkpoint &checkpoint) { return checkpoint.format() == WP_FORMAT_TORCHSCRIPT; }

}  // namespace

Ref<Model> load_model(const char *path, const ModelOptions &options) {
  wp_open_options open = open_options(options);
  Checkpoint checkpoint = Checkpoint::open(path, &open);
  if (is_script(checkpoint)) return load_script(path, options, std::string(path));
  return build_saved_module(checkpoint.root(), options.device);
}

Ref<Model> load_model(const void *data, size_t size, const char *name, const ModelOptions &options) {
  wp_open_options open = open_options(options);
  // Tensors own their memory, so that the caller's is not needed any more.
  open.memory = WP_MEMORY_READ;
  {
    wp_open_options look = open_options(options);
    wp_checkpoint *looked;
    check(wp_checkpoint_open_memory(&looked, data, size, name, &look));
    if (is_script(Checkpoint(looked))) {
      return load_script(name ? name : "memory", options, std::make_shared<MemoryAdapter>(data, size));
    }
  }
  wp_checkpoint *opened;
  check(wp_checkpoint_open_memory(&opened, data, size, name, &open));
  return build_saved_module(Checkpoint(opened).root(), options.device);
}

Ref<Model> load_model(const wp_source &source, const ModelOptions &options) {
  std::unique_ptr<const wp_source, void (*)(const wp_source *)> close(&source, [](const wp_source *s) {
    if (s->close) s->close(s->user);
  });
  wp_source kept_open = source;
  kept_open.map = nullptr;
  kept_open.close = nullptr;
  wp_open_options open = open_options(options);
  if (is_script(Checkpoint::open_source(kept_open, &open))) {
    return load_script(name_of(source), options, std::make_shared<SourceAdapter>(kept_open));
  }
  open.memory = WP_MEMORY_READ;
  return build_saved_module(Checkpoint::open_source(kept_open, &open).root(), options.device);
}

}  // namespace weightport::libtorch
