// SPDX-License-Identifier: MIT
// The storages of a file that is written, numbered in the order in which the pickle first names them.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

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
  uint64_t number(Storage &storage, wp_dtype dtype) {
    auto [entry, added] = numbers_.try_emplace(&storage, storages_.size());
    if (added) storages_.push_back({Ref<Storage>::share(&storage), dtype});
    return entry->second;
  }
  const std::vector<NumberedStorage> &storages() const noexcept { return storages_; }

 private:
  std::unordered_map<const Storage *, uint64_t> numbers_;
  std::vector<NumberedStorage> storages_;
};

}  // namespace weightport
