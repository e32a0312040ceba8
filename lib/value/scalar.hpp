// SPDX-License-Identifier: MIT
// What scalar nodes hold, with the few conversions that value.h names. Each throws MISMATCH for another kind or a null node.
#pragma once

#include <complex>
#include <cstdint>

#include "value/node.hpp"

namespace weightport {

// The node itself, if it is of that kind.
const Node &expect(const Node *node, wp_kind kind);

bool bool_of(const Node *node);
int64_t int_of(const Node *node);   // throws LIMIT
double float_of(const Node *node);  // throws LIMIT for an int beyond the largest float
std::complex<double> complex_of(const Node *node);
wp_dtype dtype_of(const Node *node);

}  // namespace weightport
