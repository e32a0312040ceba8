// SPDX-License-Identifier: MIT
#include "value/integer.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include "base/error.hpp"

namespace weightport {
namespace {

// Two and a half decimal digits a byte, rounded up.
constexpr size_t kMaxIntDigits = kMaxIntBytes * 5 / 2;

[[noreturn]] void too_wide() { fail(WP_ERROR_LIMIT, "an int is wider than ", kMaxIntBytes, " bytes"); }

// Two's complement, in place.
void negate(std::vector<uint32_t> &words) {
  bool carry = true;
  for (uint32_t &word : words) {
    word = ~word + (carry ? 1 : 0);
    carry = carry && word == 0;
  }
}

std::string decimal(std::vector<uint32_t> words, bool negative) {
  std::string digits;
  while (!words.empty()) {
    uint64_t rest = 0;
    for (size_t i = words.size(); i-- > 0;) {
      uint64_t value = rest << 32 | words[i];
      words[i] = static_cast<uint32_t>(value / 1'000'000'000);
      rest = value % 1'000'000'000;
    }
    while (!words.empty() && words.back() == 0) words.pop_back();
    for (int i = 0; i < 9 && (rest || !words.empty()); ++i, rest /= 10) digits.push_back(static_cast<char>('0' + rest % 10));
  }
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

Node *integer_from_bytes(Tree &tree, std::span<const std::byte> bytes) {
  if (bytes.size() > kMaxIntBytes) too_wide();
  bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
  std::byte filler{negative ? uint8_t{0xff} : uint8_t{0}};
  std::vector<uint32_t> words((std::max<size_t>(bytes.size(), 8) + 3) / 4);
  for (size_t i = 0; i < words.size() * 4; ++i) {
    auto byte = std::to_integer<uint32_t>(i < bytes.size() ? bytes[i] : filler);
    words[i / 4] |= byte << 8 * (i % 4);
  }
  uint32_t extension = negative ? ~uint32_t{0} : 0;
  bool fits = (words[1] >> 31) == (extension & 1) &&
              std::all_of(words.begin() + 2, words.end(), [&](uint32_t word) { return word == extension; });
  if (fits) return tree.integer(static_cast<int64_t>(uint64_t{words[1]} << 32 | words[0]));
  if (negative) negate(words);
  while (!words.empty() && words.back() == 0) words.pop_back();
  return tree.big_integer(decimal(std::move(words), negative));
}

Node *integer_from_text(Tree &tree, std::string_view text) {
  if (text.ends_with('L')) text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    fail(WP_ERROR_CORRUPT, "\"", printable(text), "\" is not an int");
  }
  if (error == std::errc()) return tree.integer(value);
  if (text.size() > kMaxIntDigits) too_wide();
  bool negative = text.starts_with('-');
  text.remove_prefix(std::min(text.find_first_not_of('0', negative ? 1 : 0), text.size()));
  return tree.big_integer(concat(negative ? "-" : "", text));
}

std::string integer_to_bytes(std::string_view decimal) {
  bool negative = decimal.starts_with('-');
  std::vector<uint32_t> words;
  for (char digit : decimal.substr(negative ? 1 : 0)) {
    uint64_t carry = static_cast<uint64_t>(digit - '0');
    for (uint32_t &word : words) {
      carry += uint64_t{word} * 10;
      word = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry) words.push_back(static_cast<uint32_t>(carry));
  }
  words.push_back(0);  // room for the sign
  if (negative) negate(words);
  std::string bytes;
  for (uint32_t word : words) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(word >> shift));
  }
  char filler = negative ? '\xff' : '\0';
  while (bytes.size() > 1 && bytes.back() == filler && ((bytes[bytes.size() - 2] ^ filler) & 0x80) == 0) bytes.pop_back();
  return bytes;
}

}  // namespace weightport
