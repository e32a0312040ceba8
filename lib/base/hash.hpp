// SPDX-License-Identifier: MIT
// Hashes of strings that a file chose: seeded once a process, so that a file cannot aim at collisions.
#pragma once

#include <cstdint>
#include <string_view>

namespace weightport {

uint64_t hash_bytes(std::string_view bytes) noexcept;
uint64_t hash_int(uint64_t value) noexcept;
inline uint64_t hash_address(const void *address) noexcept { return hash_int(reinterpret_cast<uintptr_t>(address)); }

// For std::unordered_map and its kin.
struct StringHash {
  using is_transparent = void;
  // Not noexcept: libstdc++ then keeps each hash beside its key instead of computing it again and again.
  size_t operator()(std::string_view text) const { return static_cast<size_t>(hash_bytes(text)); }
};

}  // namespace weightport
