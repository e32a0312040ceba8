// SPDX-License-Identifier: MIT
// Between C and libtorch: no exception gets out.
#pragma once

#include "exchange/fail.hpp"
#include "weightport/error.h"

namespace weightport::libtorch {

// The C error for the exception in flight: our own with their codes, libtorch's as WP_ERROR_TORCH with the first line of what
// it says.
wp_error *current_error() noexcept;

}  // namespace weightport::libtorch

// The body of a function that can fail stands between these two. Every `out` is cleared before.
#define WP_GUARD_BEGIN try {
#define WP_GUARD_END                              \
  return nullptr;                                 \
  }                                               \
  catch (...) {                                   \
    return weightport::libtorch::current_error(); \
  }
