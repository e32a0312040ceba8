// SPDX-License-Identifier: MIT
// Models from files.
#pragma once

#include "model/model.hpp"

namespace weightport::libtorch {

struct ModelOptions {
  at::Device device = at::kCPU;
  const wp_limits *limits = nullptr;
};

// Each throws what opening throws, MISMATCH where the file holds no module, UNSUPPORTED where it holds one that cannot be
// built.
Ref<Model> load_model(const char *path, const ModelOptions &options);
// The bytes are not needed afterwards.
Ref<Model> load_model(const void *data, size_t size, const char *name, const ModelOptions &options);
// Does not call the source's `close`.
Ref<Model> load_model(const wp_source &source, const ModelOptions &options);

}  // namespace weightport::libtorch
