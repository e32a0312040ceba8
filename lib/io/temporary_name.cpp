// SPDX-License-Identifier: MIT
#include "io/temporary_name.hpp"

#include <algorithm>
#include <atomic>

#include "base/hash.hpp"
#include "base/text.hpp"

namespace weightport {

std::string temporary_name(std::string_view name, uint64_t process) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  static std::atomic<uint64_t> count{0};
  size_t size = std::min(name.size(), size_t{100});
  while (size < name.size() && size > 0 && (name[size] & 0xc0) == 0x80) --size;  // whole characters
  std::string random(6, '0');
  uint64_t bits = hash_int(process << 32 ^ count++);
  for (char &c : random) c = kDigits[bits % 32], bits /= 32;
  return concat('.', name.substr(0, size), '.', random, ".tmp");
}

}  // namespace weightport
