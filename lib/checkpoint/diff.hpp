// SPDX-License-Identifier: MIT
// What differs between the values of two checkpoints.
#pragma once

#include "base/operation.hpp"
#include "checkpoint/report.hpp"
#include "checkpoint/tolerance.hpp"
#include "value/node.hpp"

namespace weightport {

// By the rules of wp_checkpoint_diff(). Throws what reading a tensor throws, LIMIT, CANCELLED, CALLBACK.
Ref<Report> diff_values(const Node &a, const Node &b, const Tolerance &tolerance, Operation &operation);

}  // namespace weightport
