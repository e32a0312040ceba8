// SPDX-License-Identifier: MIT
#include "base/real.hpp"

#include <locale.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace weightport {
namespace {

// strtod() in any locale of the process.
#ifdef _WIN32
double to_double(const char *text, char **end) {
  static const _locale_t plain = _create_locale(LC_ALL, "C");
  return _strtod_l(text, end, plain);
}
#else
double to_double(const char *text, char **end) {
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  return strtod_l(text, end, plain);
}
#endif

// In upper or lower case; `name` is in lower.
bool is_word(std::string_view text, std::string_view name) {
  return std::ranges::equal(text, name, [](char a, char b) { return (a | 0x20) == b; });
}

// "inf", "infinity" or "nan", which not every strtod() knows.
std::optional<double> named(std::string_view text) {
  const double sign = text.starts_with('-') ? -1 : 1;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (is_word(text, "nan")) return std::copysign(std::numeric_limits<double>::quiet_NaN(), sign);
  if (is_word(text, "inf") || is_word(text, "infinity")) return sign * std::numeric_limits<double>::infinity();
  return std::nullopt;
}

}  // namespace

std::optional<double> real_from(std::string_view text) {
  if (std::optional<double> number = named(text)) return number;
  // Neither spaces nor hexadecimal digits, which strtod() takes too.
  if (text.empty() || text.find_first_not_of("+-.0123456789Ee") != text.npos) return std::nullopt;
  const std::string copy(text);
  char *end;
  const double number = to_double(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size() || std::isinf(number)) return std::nullopt;
  return number;
}

}  // namespace weightport
