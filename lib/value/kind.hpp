// SPDX-License-Identifier: MIT
// What the kinds of nodes are called.
#pragma once

#include "weightport/value.h"

namespace weightport {

const char *kind_name(wp_kind kind) noexcept;

}  // namespace weightport
