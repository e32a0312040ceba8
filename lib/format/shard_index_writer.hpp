// SPDX-License-Identifier: MIT
// Writes what read_shard_index() reads, byte for byte as Python's json.dumps(index, indent=2, sort_keys=True) + "\n".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "value/node.hpp"

namespace weightport {

// The metadata is `total_size` and what `metadata`, a dict or null, holds under other names. Throws UNSUPPORTED for what JSON
// does not have, and LIMIT.
std::string write_shard_index(const Node *metadata, uint64_t total_size,
                              std::vector<std::pair<std::string_view, std::string_view>> weight_map, const Limits &limits);

}  // namespace weightport
