// SPDX-License-Identifier: MIT
#include "model/build.hpp"

#include "exchange/fail.hpp"

namespace weightport::libtorch {

Ref<Model> build_model(const Value &) { fail(WP_ERROR_UNSUPPORTED, "no layers"); }
Ref<Model> build_saved_module(const Value &, at::Device) { fail(WP_ERROR_UNSUPPORTED, "no layers"); }

}  // namespace weightport::libtorch
