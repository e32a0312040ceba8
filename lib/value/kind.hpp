// SPDX-License-Identifier: MIT
// What the kinds of nodes are called.
#pragma once

#include <string>

#include "weightport/value.h"

namespace weightport {

const char *kind_name(wp_kind kind) noexcept;
std::string a_kind(wp_kind kind);  // "a dict", "an int"

}  // namespace weightport
