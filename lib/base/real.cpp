// SPDX-License-Identifier: MIT
#include "base/real.hpp"

#include <locale.h>
#include <stdlib.h>

#include <cmath>
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

}  // namespace

std::optional<double> real_from(std::string_view text) {
  // Neither spaces nor hexadecimal digits nor the digits of a NaN, which strtod() takes too.
  if (text.empty() || text.find_first_not_of("+-.0123456789EINFTYAeinftya") != text.npos) return std::nullopt;
  const std::string copy(text);
  char *end;
  const double number = to_double(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size()) return std::nullopt;
  if (std::isinf(number) && text.find_first_of("0123456789") != text.npos) return std::nullopt;
  return number;
}

}  // namespace weightport
