// SPDX-License-Identifier: MIT
#include "format/json_text.hpp"

#include <algorithm>
#include <cstdint>

#include "base/error.hpp"
#include "base/utf8.hpp"

namespace weightport {
namespace {

void append_unit(std::string &out, uint32_t unit) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kDigits[unit >> shift & 15]);
}

void append_escaped(std::string &out, uint32_t c) {
  static constexpr std::string_view kNamed = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt";
  size_t named = c < 0x80 ? kNamed.find(static_cast<char>(c)) : std::string_view::npos;
  if (named != std::string_view::npos) {
    out.push_back('\\');
    out.push_back(kNames[named]);
  } else if (c >= 0x10000) {
    append_unit(out, 0xd7c0 + (c >> 10));
    append_unit(out, 0xdc00 + (c & 0x3ff));
  } else {
    append_unit(out, c);
  }
}

// The text is UTF-8.
uint32_t next_character(std::string_view &text) {
  auto lead = static_cast<unsigned char>(text[0]);
  size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  uint32_t c = size == 1 ? lead : lead & (0xff >> (size + 1));
  for (size_t i = 1; i < size; ++i) c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  text.remove_prefix(size);
  return c;
}

void check_text(std::string_view text) {
  bool valid = is_utf8(text);
  // A surrogate, which is_utf8() lets pass: Python's strings may have one, JSON may not.
  for (size_t at = text.find('\xed'); valid && at != text.npos; at = text.find('\xed', at + 1)) {
    valid = static_cast<unsigned char>(text[at + 1]) < 0xa0;
  }
  if (!valid) fail(WP_ERROR_UNSUPPORTED, "the text \"", printable(text), "\" is not valid Unicode, as JSON needs it");
}

}  // namespace

void append_json_string(std::string &out, std::string_view text, bool ascii) {
  auto plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
  out.push_back('"');
  if (std::all_of(text.begin(), text.end(), plain)) {
    out += text;
  } else {
    check_text(text);
    while (!text.empty()) {
      std::string_view rest = text;
      uint32_t c = next_character(text);
      bool escape = c < 0x20 || c == '"' || c == '\\' || (ascii && c >= 0x7f);
      if (escape) {
        append_escaped(out, c);
      } else {
        out += rest.substr(0, rest.size() - text.size());
      }
    }
  }
  out.push_back('"');
}

}  // namespace weightport
