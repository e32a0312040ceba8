// SPDX-License-Identifier: MIT
// Floating point numbers as text. Not std::from_chars, which libc++ had for integers only until LLVM 20, and which does not say
// which way a number is out of range.
#pragma once

#include <optional>
#include <string_view>

namespace weightport {

// A decimal number, "inf" or "nan", as Python's pickle takes it: what is too small is 0, what is too large is none.
std::optional<double> real_from(std::string_view text);

}  // namespace weightport
