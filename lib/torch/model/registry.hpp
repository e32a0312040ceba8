// SPDX-License-Identifier: MIT
// Model classes registered by name.
#pragma once

#include <string>

#include "model/model.hpp"
#include "model/module_model.hpp"

struct wp_torch_model_class;

namespace weightport::libtorch {

// Each may be called from any thread. Throws MISMATCH if the name is taken by another class.
void register_model(const char *name, const wp_torch_model_class &model_class);
// Null functions if the name is not registered.
wp_torch_model_class find_model_class(const std::string &name);
// Throws NOT_FOUND, listing the names that there are, and whatever the class throws.
Ref<Model> create_model(const char *name, const wp_value *options);

}  // namespace weightport::libtorch
