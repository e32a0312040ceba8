// SPDX-License-Identifier: MIT
// Makes one document of an index and the shards that it names.
#pragma once

#include <functional>
#include <string>

#include "base/operation.hpp"
#include "format/document.hpp"
#include "io/source.hpp"

namespace weightport {

// Opens a file of the index's folder, or of one below it, by its path from there.
using OpenShard = std::function<Ref<Source>(const std::string &name)>;
// Reads a shard's header or pickle, and none of its tensors' bytes.
using ReadShard = std::function<Document(const Ref<Source> &shard, Operation &operation)>;

// The root is a dict of the tensors in the order of weight_map, followed by those that are tied to one of them and that the
// shards record as safetensors.hpp says; what else the shards hold is left out. Document::metadata is the index's. Throws what
// read_shard_index() and the two functions throw, and CORRUPT where a shard lacks a tensor.
Document read_sharded(const Source &index, const OpenShard &open, const ReadShard &read, Operation &operation);

}  // namespace weightport
