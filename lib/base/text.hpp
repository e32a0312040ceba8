// SPDX-License-Identifier: MIT
// Strings put together from pieces.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace weightport {

inline void append(std::string &out, std::string_view text) { out.append(text); }
inline void append(std::string &out, char c) { out.push_back(c); }
// These would be taken for a character.
template <std::floating_point Real>
void append(std::string &out, Real number) = delete;
template <std::same_as<bool> Bool>
void append(std::string &out, Bool value) = delete;

template <class T>
concept Digits = std::integral<T> && !std::same_as<T, char> && !std::same_as<T, bool>;

template <Digits Number>
void append(std::string &out, Number number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <class... Parts>
std::string concat(const Parts &...parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

// A file's text or name, shortened, as a line of UTF-8: control characters, and what is not UTF-8, are replaced.
std::string printable(std::string_view text, size_t max = 80);

}  // namespace weightport
