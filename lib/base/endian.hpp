// SPDX-License-Identifier: MIT
// Numbers as files store them, at any alignment.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace weightport {

inline constexpr bool kLittleEndian = std::endian::native == std::endian::little;

template <std::unsigned_integral Int>
constexpr Int byte_swap(Int value) {
  if constexpr (sizeof(Int) == 1) return value;
  if constexpr (sizeof(Int) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(Int) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(Int) == 8) return __builtin_bswap64(value);
}

template <std::unsigned_integral Int>
Int load_le(const void *bytes) {
  Int value;
  std::memcpy(&value, bytes, sizeof value);
  return kLittleEndian ? value : byte_swap(value);
}

template <std::unsigned_integral Int>
Int load_be(const void *bytes) {
  Int value;
  std::memcpy(&value, bytes, sizeof value);
  return kLittleEndian ? byte_swap(value) : value;
}

template <std::unsigned_integral Int>
void store_le(void *bytes, Int value) {
  if (!kLittleEndian) value = byte_swap(value);
  std::memcpy(bytes, &value, sizeof value);
}

// Reverses each group of `unit` bytes (1, 2, 4 or 8) in place; a rest shorter than a group is left alone.
void swap_units(std::span<std::byte> bytes, size_t unit);

}  // namespace weightport
