// SPDX-License-Identifier: MIT
// The index of a sharded checkpoint, as Hugging Face writes it: {"metadata": {...}, "weight_map": {name: file}}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/operation.hpp"
#include "io/source.hpp"
#include "value/tree.hpp"

namespace weightport {

// Levels of "metadata".
inline constexpr uint32_t kMaxMetadataDepth = 64;

struct ShardIndex {
  struct Weight {
    Node *name;   // a string of the tree
    size_t file;  // in `files`
  };
  std::vector<std::string_view> files;  // each once, in the order of first use; text of the tree
  std::vector<Weight> weights;          // in the order of weight_map
  Node *metadata = nullptr;             // a dict of the tree, or null
};

// Whether the source is JSON, by its start.
bool looks_like_shard_index(const Source &source);

// Throws CORRUPT, UNSUPPORTED (another JSON file), UNSAFE (a file outside the folder), LIMIT, CANCELLED, IO, CALLBACK.
ShardIndex read_shard_index(const Source &source, Tree &tree, const Operation &operation);

// Whether a name is that of a file in the folder itself, on any system.
bool is_file_name(std::string_view name) noexcept;
// Whether a path leads to a file in the folder or in one below it.
bool is_inside(std::string_view path) noexcept;

}  // namespace weightport
