// SPDX-License-Identifier: MIT
// How deeply containers are nested, so that whoever walks a tree may recurse.
#pragma once

#include "base/operation.hpp"
#include "value/node.hpp"

namespace weightport {

// Whether anything stands below the node: what holds nothing is no level.
bool is_container(const Node &node);

// Throws LIMIT for a tree nested deeper than the limits' max_depth, and CANCELLED. A way back to a node that the way already
// holds (a cycle) ends there. Linear in the number of nodes, however often they are shared.
void check_depth(Node &root, const Operation &operation);

}  // namespace weightport
