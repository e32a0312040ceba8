// SPDX-License-Identifier: MIT
// Saves a flat state_dict as shards and their index, as huggingface_hub does.
#pragma once

#include <cstdint>

#include "base/operation.hpp"
#include "io/sink.hpp"
#include "value/node.hpp"
#include "weightport/checkpoint.h"

namespace weightport {

// The path "X.safetensors.index.json" (or "X.bin.index.json" for WP_FORMAT_TORCH_INDEX) gives shards
// "X-00001-of-00003.safetensors" in the same folder. Tensors go to shards in their order; those that share a storage stay
// together, and what is larger than `max_shard_size` bytes is a shard of its own.
//
// No file is replaced before all shards are written (of more than 500 shards, before the last 500 are), the index last of all,
// so that a save that fails leaves the old checkpoint whole. Each file is replaced in one step, but not all of them together.
// Shards of an earlier save that have other names are left alone.
//
// Throws INVALID_ARGUMENT for another ending of the path, UNSUPPORTED for what flat_state_dict() or the shards' format refuses,
// and what the sinks and reading the tensors throw.
void save_sharded(const Node &root, const Node *metadata, const char *path, wp_format format, uint64_t max_shard_size,
                  const FileSinkOptions &options, Operation &operation);

}  // namespace weightport
