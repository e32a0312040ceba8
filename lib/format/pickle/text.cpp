// SPDX-License-Identifier: MIT
#include "format/pickle/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/error.hpp"
#include "base/utf8.hpp"

namespace weightport {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `count` hexadecimal digits at `at`.
uint32_t hex_digits(std::string_view text, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    int digit = at + i < text.size() ? hex_value(text[at + i]) : -1;
    if (digit < 0) fail(WP_ERROR_CORRUPT, "a string has a broken hexadecimal escape");
    value = value << 4 | static_cast<uint32_t>(digit);
  }
  return value;
}

}  // namespace

std::string unquote(std::string_view repr) {
  if (repr.size() < 2 || (repr[0] != '\'' && repr[0] != '"') || repr.back() != repr[0]) {
    fail(WP_ERROR_CORRUPT, "a string is not quoted");
  }
  repr = repr.substr(1, repr.size() - 2);
  std::string out;
  for (size_t i = 0; i < repr.size(); ++i) {
    if (repr[i] != '\\') {
      out.push_back(repr[i]);
      continue;
    }
    if (++i == repr.size()) fail(WP_ERROR_CORRUPT, "a string ends inside an escape");
    static constexpr std::string_view kNames = "abfnrtv", kValues = "\a\b\f\n\r\t\v";
    char c = repr[i];
    if (auto named = kNames.find(c); named != kNames.npos) {
      out.push_back(kValues[named]);
    } else if (c == 'x') {
      out.push_back(static_cast<char>(hex_digits(repr, i + 1, 2)));
      i += 2;
    } else if (c >= '0' && c <= '7') {
      uint32_t value = 0;
      size_t end = std::min(i + 3, repr.size());
      for (; i < end && repr[i] >= '0' && repr[i] <= '7'; ++i) value = value * 8 + static_cast<uint32_t>(repr[i] - '0');
      --i;
      out.push_back(static_cast<char>(value));
    } else if (c == '\\' || c == '\'' || c == '"') {
      out.push_back(c);
    } else {
      out.push_back('\\');
      out.push_back(c);
    }
  }
  return out;
}

std::string decode_raw_unicode_escape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char kind = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : 0;
    if (kind != 'u' && kind != 'U') {
      append_utf8(out, static_cast<unsigned char>(text[i]));
      continue;
    }
    size_t digits = kind == 'u' ? 4 : 8;
    uint32_t code_point = hex_digits(text, i + 2, digits);
    if (code_point > 0x10ffff) fail(WP_ERROR_CORRUPT, "a string has an escape above U+10FFFF");
    append_utf8(out, code_point);
    i += 1 + digits;
  }
  return out;
}

}  // namespace weightport
