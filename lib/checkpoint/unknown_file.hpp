// SPDX-License-Identifier: MIT
// What a file is that no reader takes.
#pragma once

#include <string>

#include "io/source.hpp"

namespace weightport {

// For an error message: what it looks like, and what to do about it.
std::string describe_unknown(const Source &source);

}  // namespace weightport
