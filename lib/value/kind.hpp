// SPDX-License-Identifier: MIT
// What the kinds of nodes are called.
#pragma once

#include <string>
#include <string_view>

#include "weightport/value.h"

namespace weightport {

const char *kind_name(wp_kind kind) noexcept;
std::string a_kind(wp_kind kind);  // "a dict", "an int"
// numpy.ndarray, or a class of numpy's that extends it: memmap, matrix.
inline bool is_array_class(std::string_view class_name) noexcept { return class_name.starts_with("numpy."); }

}  // namespace weightport
