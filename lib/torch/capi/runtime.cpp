// SPDX-License-Identifier: MIT
#include "weightport/torch/runtime.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <filesystem>

#include "exchange/boundary.hpp"
#include "exchange/tensor.hpp"
#include "model/registry.hpp"
#include "weightport/torch/registry.hpp"

using namespace weightport;
using namespace weightport::libtorch;

extern "C" {

const char *wp_torch_version(void) { return TORCH_VERSION; }

bool wp_torch_device_available(const char *device) {
  if (!device) return false;
  try {
    // The surest question is a tensor.
    at::empty({1}, at::TensorOptions(to_device(device)));
    return true;
  } catch (...) {
    return false;
  }
}

wp_error *wp_torch_manual_seed(uint64_t seed) {
  WP_GUARD_BEGIN
  at::manual_seed(seed);
  WP_GUARD_END
}

int32_t wp_torch_num_threads(void) { return at::get_num_threads(); }

wp_error *wp_torch_set_num_threads(int32_t count) {
  WP_GUARD_BEGIN
  require(count >= 1, "count is less than 1");
  at::set_num_threads(count);
  WP_GUARD_END
}

wp_error *wp_torch_load_plugin(const char *path) {
  WP_GUARD_BEGIN
  require(path, "path is NULL");
  if (!dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    const char *reason = dlerror();
    wp_code code = std::filesystem::exists(path) ? WP_ERROR_IO : WP_ERROR_NOT_FOUND;
    fail(code, "cannot load the plugin: ", reason ? reason : path);
  }
  WP_GUARD_END
}

wp_error *wp_torch_register_model(const char *name, const wp_torch_model_class *model_class) {
  WP_GUARD_BEGIN
  require(name && model_class && model_class->create && model_class->forward, "name or model_class is NULL");
  register_model(name, *model_class);
  WP_GUARD_END
}

}  // extern "C"
