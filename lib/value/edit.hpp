// SPDX-License-Identifier: MIT
// Changes that a caller makes to values: see "Changing containers" in value.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "value/node.hpp"

namespace weightport {

// Throws MISMATCH for what cannot be a key or a member of a set, LIMIT.
void require_hashable(const Node &key);

// Each throws MISMATCH for a node that is no such container, and changes nothing when it throws.
void append(Node &container, const Node &item);
void set(Node &dict, std::string_view key, const Node &value);
void set(Node &dict, int64_t key, const Node &value);
void set(Node &dict, const Node &key, const Node &value);
void set_item(Node &container, size_t index, const Node &item);       // throws NOT_FOUND
void remove(Node &dict, std::string_view key);                        // throws NOT_FOUND
void remove_item(Node &container, size_t index);                      // throws NOT_FOUND
void rename(Node &dict, std::string_view from, std::string_view to);  // throws NOT_FOUND, MISMATCH
void set_attributes(Node &node, const Node *attributes);

}  // namespace weightport
