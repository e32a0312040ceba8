// SPDX-License-Identifier: MIT
#include "base/hash.hpp"

#include <chrono>
#include <cstring>
#include <random>

namespace weightport {
namespace {

struct Seed {
  uint64_t a, b;
};

const Seed &seed() noexcept {
  static const Seed value = []() noexcept -> Seed {
    try {
      std::random_device device;
      auto word = [&] { return (static_cast<uint64_t>(device()) << 32 | device()) | 1; };
      return {word(), word()};
    } catch (...) {
      // A process may be denied the system's random numbers. Where it was loaded and when are hard to guess too.
      auto place = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(&value));
      auto time = static_cast<uint64_t>(std::chrono::high_resolution_clock::now().time_since_epoch().count());
      return {(place * 0x9e3779b97f4a7c15) | 1, ((time ^ place) * 0xd1342543de82ef95) | 1};
    }
  }();
  return value;
}

// The two halves of a 128-bit product, folded: the mixing step of wyhash.
uint64_t fold(uint64_t a, uint64_t b) noexcept {
#ifdef __SIZEOF_INT128__
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
#else
  uint64_t high = (a >> 32) * (b >> 32), low = (a & 0xffffffff) * (b & 0xffffffff);
  uint64_t cross = (a >> 32) * (b & 0xffffffff) + ((a & 0xffffffff) * (b >> 32) ^ b);
  return high ^ low ^ (cross << 32 | cross >> 32);
#endif
}

}  // namespace

uint64_t hash_int(uint64_t value) noexcept { return fold(value ^ seed().a, seed().b); }

uint64_t hash_bytes(std::string_view bytes) noexcept {
  const Seed &s = seed();
  uint64_t state = s.a;
  const char *p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; p += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    state = fold(state ^ word, s.b);
  }
  uint64_t word = 0;
  if (left) std::memcpy(&word, p, left);
  return fold(fold(state ^ word, s.b) ^ bytes.size(), s.a);
}

}  // namespace weightport
