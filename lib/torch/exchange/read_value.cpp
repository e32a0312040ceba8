// SPDX-License-Identifier: MIT
#include "exchange/read_value.hpp"

#include <cmath>

#include "exchange/fail.hpp"

namespace weightport::libtorch {

void fail_kind(const Value &value, const char *wanted, const std::string &path) {
  fail_at(path, WP_ERROR_MISMATCH, "a ", wp_kind_name(value.kind()), " where ", wanted, " is expected");
}

bool read_bool(const Value &value, const std::string &path) {
  if (value.kind() != WP_KIND_BOOL) fail_kind(value, "a bool", path);
  return value.as_bool();
}

int64_t read_int(const Value &value, const std::string &path) {
  if (value.kind() != WP_KIND_INT) fail_kind(value, "an int", path);
  return value.as_int();
}

double read_real(const Value &value, const std::string &path) {
  if (value.kind() == WP_KIND_FLOAT || value.kind() == WP_KIND_INT) return value.as_float();
  Tensor tensor = value.tensor();
  if (!tensor || tensor.numel() != 1) fail_kind(value, "a number", path);
  return tensor.item();
}

int64_t read_count(const Value &value, const std::string &path) {
  if (value.kind() == WP_KIND_INT) return value.as_int();
  double number = read_real(value, path);
  constexpr double kLimit = 9007199254740992.0;  // 2^53: above it, a double does not tell whole numbers apart
  if (!(std::abs(number) <= kLimit) || number != std::trunc(number)) {
    fail_at(path, WP_ERROR_MISMATCH, std::to_string(number), " where a whole number is expected");
  }
  return static_cast<int64_t>(number);
}

std::string read_text(const Value &value, const std::string &path) {
  if (value.kind() != WP_KIND_STRING) fail_kind(value, "a string", path);
  return value.as_string();
}

bool is_sequence(const Value &value) noexcept { return value.kind() == WP_KIND_LIST || value.kind() == WP_KIND_TUPLE; }

Value clone(const Value &value) {
  wp_value *copy;
  check(wp_value_clone(&copy, value.get()));
  return Value(copy);
}

}  // namespace weightport::libtorch
