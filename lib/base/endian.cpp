// SPDX-License-Identifier: MIT
#include "base/endian.hpp"

namespace weightport {
namespace {

template <class Int>
void swap_each(std::span<std::byte> bytes) {
  for (size_t i = 0; i + sizeof(Int) <= bytes.size(); i += sizeof(Int)) {
    Int value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    value = byte_swap(value);
    std::memcpy(bytes.data() + i, &value, sizeof value);
  }
}

}  // namespace

void swap_units(std::span<std::byte> bytes, size_t unit) {
  if (unit == 2) swap_each<uint16_t>(bytes);
  if (unit == 4) swap_each<uint32_t>(bytes);
  if (unit == 8) swap_each<uint64_t>(bytes);
}

}  // namespace weightport
