// SPDX-License-Identifier: MIT
// Where in a checkpoint the state_dicts are, for callers who do not say.
#pragma once

#include <string>
#include <vector>

#include "base/limits.hpp"
#include "value/node.hpp"

namespace weightport {

// Paths by the rules of wp_value_at(), nearest to the root first; "" is the root. Throws LIMIT.
//
// A state_dict is a dict of tensors, or a module with a tensor. Not looked into: state_dicts themselves, and what an optimizer
// saved ("state" and "param_groups"). Only where there are no others, dicts of tensors that are something else as a rule count:
// those of nothing but single numbers (metrics), or of nothing but rows of bytes (states of random number generators).
std::vector<std::string> find_state_dicts(Node &root, const Limits &limits);

}  // namespace weightport
