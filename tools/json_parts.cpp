// SPDX-License-Identifier: MIT
#include "json_parts.hpp"

#include <cmath>

#include "text.hpp"
#include "value_text.hpp"

void append_ints(std::string &out, std::span<const int64_t> numbers) {
  out += '[';
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i) out += ',';
    out += std::to_string(numbers[i]);
  }
  out += ']';
}

void append_float(std::string &out, double number) {
  std::string text = float_text(number);
  if (std::isfinite(number)) {
    out += text;
  } else {
    append_json(out, text);
  }
}

void append_int(std::string &out, const wp_value *value) {
  if (wp_value_get_int_text(value)) {
    append_json(out, int_text(value));
  } else {
    out += int_text(value);
  }
}

void append_json_step(std::string &out, const Step &step) {
  wp_kind kind = wp_value_kind(step.key);
  if (step.kind == Step::kIndex || step.kind == Step::kArgument) {
    out += std::to_string(step.index);
  } else if (step.key && kind == WP_KIND_NONE) {
    out += "null";
  } else if (kind == WP_KIND_BOOL) {
    out += int_text(step.key) == "1" ? "true" : "false";
  } else if (kind == WP_KIND_INT) {
    out += int_text(step.key);
  } else {
    std::string text;
    append_step_text(text, step);
    append_json(out, text);
  }
}
