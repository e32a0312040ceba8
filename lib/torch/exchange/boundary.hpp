// SPDX-License-Identifier: MIT
// Between C and libtorch: no exception gets out.
#pragma once

#include <string>

#include "exchange/fail.hpp"
#include "weightport/error.h"

namespace weightport::libtorch {

// What a libtorch exception says, without its stack and in one line of at most 2000 bytes.
std::string fact_of(const std::string &what);

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
