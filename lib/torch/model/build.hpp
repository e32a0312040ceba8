// SPDX-License-Identifier: MIT
// Models of standard layers, from a description or from a module that Python pickled.
#pragma once

#include "model/model.hpp"

namespace weightport::libtorch {

// A description, with fresh weights, or a torch.nn.Module object, with its own. Throws as wp_model_build() says.
Ref<Model> build_model(const Value &description);
// The same, of a module that stands in a file. Throws MISMATCH for a value that is no module.
Ref<Model> build_saved_module(const Value &module, at::Device device);

}  // namespace weightport::libtorch
