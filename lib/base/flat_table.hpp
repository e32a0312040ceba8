// SPDX-License-Identifier: MIT
// A hash table of many small entries that are only added, and numbered in that order: std::unordered_map allocates each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weightport {

// Entry: plain data.
template <class Entry>
class FlatTable {
 public:
  size_t size() const noexcept { return entries_.size(); }

  // The number of the entry with that hash for which same(entry) holds.
  template <class Same>
  std::optional<uint32_t> find(uint64_t hash, Same same) const {
    if (slots_.empty()) return std::nullopt;
    auto wanted = static_cast<uint32_t>(hash);
    for (size_t at = wanted & mask(); slots_[at].number; at = (at + 1) & mask()) {
      const Slot &slot = slots_[at];
      if (slot.hash == wanted && same(entries_[slot.number - 1])) return slot.number - 1;
    }
    return std::nullopt;
  }

  // Of what find() does not find; it is numbered size().
  void add(uint64_t hash, const Entry &entry) {
    if (2 * (size() + 1) > slots_.size()) grow();
    entries_.push_back(entry);
    place({static_cast<uint32_t>(hash), static_cast<uint32_t>(size())});
  }

  const Entry &operator[](uint32_t number) const noexcept { return entries_[number]; }

 private:
  struct Slot {
    uint32_t hash;
    uint32_t number;  // plus one; 0 is a free slot
  };

  size_t mask() const noexcept { return slots_.size() - 1; }

  void place(const Slot &slot) noexcept {
    size_t at = slot.hash & mask();
    while (slots_[at].number) at = (at + 1) & mask();
    slots_[at] = slot;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : 4 * slots_.size());
    old.swap(slots_);
    for (const Slot &slot : old) {
      if (slot.number) place(slot);
    }
  }

  std::vector<Slot> slots_;  // open addressing: a power of two, at most half of them in use
  std::vector<Entry> entries_;
};

}  // namespace weightport
