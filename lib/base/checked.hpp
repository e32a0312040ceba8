// SPDX-License-Identifier: MIT
// Arithmetic on numbers that a file chose: an overflow is an answer, never a wrap.
#pragma once

#include <cstdint>
#include <optional>

namespace weightport {

template <class Int>
std::optional<Int> checked_add(Int a, Int b) {
  Int sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <class Int>
std::optional<Int> checked_mul(Int a, Int b) {
  Int product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// Whether [offset, offset + size) lies inside [0, total).
constexpr bool inside(uint64_t offset, uint64_t size, uint64_t total) { return offset <= total && size <= total - offset; }

}  // namespace weightport
