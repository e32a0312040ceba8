// SPDX-License-Identifier: MIT
// The storages of a file that is written, numbered in the order in which the pickle first names them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/flat_table.hpp"
#include "base/hash.hpp"
#include "base/ref.hpp"
#include "tensor/dtype.hpp"
#include "tensor/storage.hpp"

namespace weightport {

struct NumberedStorage {
  Ref<Storage> storage;
  wp_dtype dtype;  // under which it was named first
};

class StorageTable {
 public:
  uint32_t number(Storage &storage, wp_dtype dtype) {
    uint64_t hash = hash_address(&storage);
    if (auto known = numbers_.find(hash, [&](const Storage *other) { return other == &storage; })) return *known;
    storages_.push_back({Ref<Storage>::share(&storage), dtype});
    numbers_.add(hash, &storage);
    return static_cast<uint32_t>(numbers_.size() - 1);
  }
  const std::vector<NumberedStorage> &storages() const noexcept { return storages_; }

 private:
  FlatTable<const Storage *> numbers_;
  std::vector<NumberedStorage> storages_;
};

}  // namespace weightport
