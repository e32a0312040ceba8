// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace {

struct CodePoint {
  uint32_t value;
  size_t size;
  bool valid;  // false: `value` is a byte that is no UTF-8
};

// Takes surrogates too.
CodePoint first_code_point(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  static constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xc0 || lead >= 0xf8 || text.size() < size) return {lead, 1, false};
  uint32_t value = lead & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 1, false};
    value = value << 6 | (byte(i) & 0x3f);
  }
  if (value < kSmallest[size] || value > 0x10ffff) return {lead, 1, false};
  return {value, size, true};
}

bool is_surrogate(uint32_t code) { return code >= 0xd800 && code < 0xe000; }

// Controls, and marks that turn the direction of the text around.
bool steers_terminal(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

// What Python's repr escapes beside ASCII: controls, surrogates, private characters, and spaces other than ' '. It also escapes
// what its version of Unicode has not assigned, which is left out.
bool is_unprintable(uint32_t code) {
  static constexpr uint32_t kRanges[][2] = {
      {0x7f, 0xa0},       {0xad, 0xad},       {0x600, 0x605},      {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
      {0x890, 0x891},     {0x8e2, 0x8e2},     {0x1680, 0x1680},    {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
      {0x205f, 0x2064},   {0x2066, 0x206f},   {0x3000, 0x3000},    {0xd800, 0xf8ff},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
      {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe0001},
      {0xe0020, 0xe007f}, {0xf0000, 0xffffd}, {0x100000, 0x10fffd}};
  return code < 0x20 || std::any_of(std::begin(kRanges), std::end(kRanges),
                                    [&](const auto &range) { return range[0] <= code && code <= range[1]; });
}

char quote_of(std::string_view text) {
  bool other = text.find('\'') != text.npos && text.find('"') == text.npos;
  return other ? '"' : '\'';
}

template <class... Numbers>
void append_format(std::string &out, const char *format, Numbers... numbers) {
  char buffer[32];
  out.append(buffer, static_cast<size_t>(std::snprintf(buffer, sizeof buffer, format, numbers...)));
}

bool append_short_escape(std::string &out, uint32_t code) {
  switch (code) {
    case '\n':
      out += "\\n";
      return true;
    case '\r':
      out += "\\r";
      return true;
    case '\t':
      out += "\\t";
      return true;
    default:
      return false;
  }
}

}  // namespace

void append_escaped(std::string &out, std::string_view text) {
  while (!text.empty()) {
    auto [code, size, valid] = first_code_point(text);
    if (code == '\\') {
      out += "\\\\";
    } else if (!valid || (code < 0x100 && steers_terminal(code))) {
      if (!append_short_escape(out, code)) append_format(out, "\\x%02x", code);
    } else if (is_surrogate(code) || steers_terminal(code)) {
      append_format(out, "\\u%04x", code);
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
}

void append_python_string(std::string &out, std::string_view text) {
  char quote = quote_of(text);
  out += quote;
  while (!text.empty()) {
    auto [code, size, valid] = first_code_point(text);
    if (!valid) {
      append_format(out, "\\udc%02x", code);
    } else if (code == '\\' || code == static_cast<unsigned char>(quote)) {
      out += '\\';
      out += text[0];
    } else if (is_unprintable(code)) {
      if (!append_short_escape(out, code)) {
        append_format(out, code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
      }
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  out += quote;
}

void append_python_bytes(std::string &out, std::string_view bytes) {
  char quote = quote_of(bytes);
  out += 'b';
  out += quote;
  for (char c : bytes) {
    auto code = static_cast<unsigned char>(c);
    if (c == '\\' || c == quote) {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code >= 0x7f) {
      if (!append_short_escape(out, code)) append_format(out, "\\x%02x", code);
    } else {
      out += c;
    }
  }
  out += quote;
}

void append_json(std::string &out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    auto [code, size, valid] = first_code_point(text);
    if (!valid) {
      append_format(out, "\\udc%02x", code);
    } else if (code == '"') {
      out += "\\\"";
    } else if (code < 0x20 || code == 0x7f || is_surrogate(code)) {
      if (!append_short_escape(out, code)) append_format(out, "\\u%04x", code);
    } else if (code == '\\') {
      out += "\\\\";
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  out += '"';
}

void append_base64(std::string &out, std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) out += j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  char buffer[64];
  std::string out(buffer, std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr);
  int exponent = std::atoi(out.c_str() + out.find('e') + 1);
  if (exponent < -4 || exponent >= 16) return out;
  out.assign(buffer, std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed).ptr);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

std::string grouped(uint64_t number) {
  std::string out = std::to_string(number);
  for (size_t i = out.size(); i > 3; i -= 3) out.insert(i - 3, 1, ',');
  return out;
}

std::string size_text(uint64_t bytes) {
  static constexpr const char *kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  size_t unit = 0;
  auto size = static_cast<double>(bytes);
  // The next unit from where one decimal would round up to 1024.0.
  for (; unit > 0 ? size >= 1023.95 : size >= 1024; size /= 1024) ++unit;
  std::string out;
  append_format(out, unit ? "%.1f %s" : "%.0f %s", size, kUnits[unit]);
  return out;
}
