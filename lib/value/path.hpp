// SPDX-License-Identifier: MIT
// Nodes by the path that leads to them.
#pragma once

#include <string_view>

#include "value/node.hpp"

namespace weightport {

// By the rules of wp_value_at(). Throws NOT_FOUND.
Node *value_at(Node &node, std::string_view path);

// The same, or null.
Node *find_at(Node &node, std::string_view path);

// The dicts that hold a node's attributes: the state a class pickled, or the dicts in it where it is a tuple, as for
// classes with __slots__. Calls visit(const Dict &).
template <class Visit>
void each_attribute_dict(const Node &node, Visit visit) {
  const Extra *extra = extra_of(node);
  if (!extra || !extra->attributes) return;
  const Node &state = *extra->attributes;
  if (state.is(WP_KIND_DICT)) {
    visit(*state.dict);
  } else if (state.is(WP_KIND_TUPLE)) {
    for (uint32_t i = 0; i < state.items.size; ++i) {
      if (state.items.data[i]->is(WP_KIND_DICT)) visit(*state.items.data[i]->dict);
    }
  }
}

}  // namespace weightport
