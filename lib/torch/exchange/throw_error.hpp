// SPDX-License-Identifier: MIT
// For files that use libweightport's own C++, whose exception has the same name as that of weightport.hpp.
#pragma once

#include "weightport/error.h"

namespace weightport::libtorch {

// Throws what check() would.
[[noreturn]] void throw_error(wp_error *error);

}  // namespace weightport::libtorch
