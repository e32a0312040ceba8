// SPDX-License-Identifier: MIT
// Values that a caller makes: see "Making values" in value.h.
#pragma once

#include <span>
#include <string_view>

#include "value/state_dict.hpp"
#include "value/tree.hpp"

namespace weightport {

// Each throws INVALID_ARGUMENT for a text that is not of the form that it is to have.
Node *new_string(Tree &tree, std::string_view text);
Node *new_integer(Tree &tree, std::string_view decimal);  // throws LIMIT
Node *new_device(Tree &tree, std::string_view name);
// With neither arguments nor attributes, the class itself.
Node *new_object(Tree &tree, std::string_view class_name, const Node *args, const Node *attributes);

// Of copies of the items.
Node *new_tuple(Tree &tree, std::span<const Node *const> items);
Node *new_frozenset(Tree &tree, std::span<const Node *const> items);  // throws MISMATCH for what cannot be a member
// A collections.OrderedDict of tensors.
Node *new_state_dict(Tree &tree, const StateDict &state_dict);

}  // namespace weightport
