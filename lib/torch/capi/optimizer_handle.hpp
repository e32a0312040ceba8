// SPDX-License-Identifier: MIT
#pragma once

#include "optim/optimizer.hpp"
#include "weightport/torch/optimizer.h"

namespace weightport::libtorch {

inline Optimizer *unwrap(const wp_optimizer *handle) noexcept {
  return reinterpret_cast<Optimizer *>(const_cast<wp_optimizer *>(handle));
}
inline wp_optimizer *wrap_handle(Optimizer *object) noexcept { return reinterpret_cast<wp_optimizer *>(object); }

}  // namespace weightport::libtorch
