// SPDX-License-Identifier: MIT
// Storages as torch's pickles name them: shared by the zip, legacy and tar readers.
#pragma once

#include <string_view>

#include "value/tree.hpp"

namespace weightport {

// A storage in a tree is a tensor of one dimension over all of it, whose class says which storage class it was.

// The dtype of "torch.FloatStorage"; uint8 for "torch.storage.UntypedStorage". Throws CORRUPT for anything else.
wp_dtype storage_dtype(const Node &storage_class);

// Throws CORRUPT unless a storage's key or location is a string, and LIMIT for a long one.
void check_storage_text(const Node &node);

// The fields of the tuple ("storage", class, key, location, numel, ...) that a persistent id is. Throws CORRUPT,
// LIMIT.
struct StorageId {
  wp_dtype dtype;
  std::string_view class_name;
  std::string_view key;
  std::string_view location;
  uint64_t numel;
  uint64_t nbytes;
  const Node *view_metadata;  // of the legacy format; null if there is none
};
StorageId parse_storage_id(const Node &id);

// `offset` and `numel` choose a window of the storage, in elements. A null storage is one on the meta device.
Node *storage_node(Tree &tree, Ref<Storage> storage, const StorageId &id, uint64_t offset = 0);

}  // namespace weightport
