// SPDX-License-Identifier: MIT
// JSON as a tree of values.
#pragma once

#include <string_view>

#include "format/json.hpp"
#include "value/tree.hpp"

namespace weightport {

// Objects become dicts, arrays lists, and ints of more than 64 bits text. Throws CORRUPT, naming `what`, for an object that
// has a key twice, and LIMIT below `max_depth` levels.
Node *json_tree(Tree &tree, simdjson::dom::element root, uint32_t max_depth, std::string_view what);

}  // namespace weightport
