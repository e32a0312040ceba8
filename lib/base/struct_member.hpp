// SPDX-License-Identifier: MIT
// Structs of the caller's that begin with struct_size and grow at the end only: a program that was made with an older header
// has fewer members than this library.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace weightport {

// What to say of a struct whose size is 0: all of it would be ignored, limits too.
inline constexpr char kNotBegun[] = "struct_size is not set: begin with the _INIT of the struct";

// Whether the caller's struct has a member.
template <class Struct, class Member>
bool has_member(const Struct &from, Member Struct::*member) noexcept {
  auto end = reinterpret_cast<const char *>(&(from.*member) + 1) - reinterpret_cast<const char *>(&from);
  return static_cast<size_t>(end) <= from.struct_size;
}

// A copy in which the members that the caller does not have are null.
template <class Struct>
Struct known_members(const Struct &from) noexcept {
  Struct out{};
  std::memcpy(&out, &from, std::min<size_t>(from.struct_size, sizeof out));
  return out;
}

}  // namespace weightport
