// SPDX-License-Identifier: MIT
// What many layer classes are written with.
#pragma once

#include <utility>

#include "exchange/fail.hpp"
#include "layers/builder.hpp"
#include "layers/settings.hpp"

namespace weightport::libtorch {

inline Parameter device_parameter() { return {"device", kDevice | kNone | kFresh, c10::IValue()}; }
inline Parameter dtype_parameter() { return {"dtype", kDtype | kNone | kFresh, c10::IValue()}; }

// forward() as a function of one tensor.
template <class Function>
Forward unary(Function function) {
  return [function = std::move(function)](const Layer &, const Inputs &inputs) -> c10::IValue {
    return function(inputs.tensor(0));
  };
}

// The same, with what it does in place of its argument where the layer is to.
template <class Function, class InPlace>
Forward unary(const Settings &settings, Function function, InPlace in_place) {
  return settings.flag("inplace") ? unary(std::move(in_place)) : unary(std::move(function));
}

// What Python raises about shapes that libtorch does not check.
template <class... Parts>
void check_input(bool fits, const Parts &...parts) {
  if (!fits) fail(WP_ERROR_TORCH, parts...);
}

}  // namespace weightport::libtorch
