// SPDX-License-Identifier: MIT
// Writes a tree of values as a pickle of protocol 2, as torch.save does: readable by torch.load(weights_only=True) as far
// as the values are what that accepts.
#pragma once

#include "base/buffer.hpp"
#include "base/operation.hpp"
#include "format/storage_table.hpp"
#include "value/node.hpp"

namespace weightport {

enum class StorageIds {
  kZip,     // ("storage", class, key, location, numel)
  kLegacy,  // with a sixth field for views, always None; one dtype for each storage
  kNone,    // no tensors
};

// Adds the storages of the tree's tensors to `storages`. Throws UNSUPPORTED for what pickles or PyTorch cannot hold,
// LIMIT, CANCELLED.
Buffer pickle(const Node &root, StorageTable &storages, StorageIds ids, const Operation &operation);

}  // namespace weightport
