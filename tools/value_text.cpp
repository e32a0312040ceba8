// SPDX-License-Identifier: MIT
#include "value_text.hpp"

#include <algorithm>
#include <cmath>

#include "handles.hpp"
#include "text.hpp"

std::string_view string_of(const wp_value *value) {
  if (wp_value_kind(value) != WP_KIND_STRING) return {};
  const char *text;
  size_t size;
  check(wp_value_get_string(&text, &size, value));
  return {text, size};
}

std::string_view bytes_of(const wp_value *value) {
  const void *bytes;
  size_t size;
  check(wp_value_get_bytes(&bytes, &size, value));
  return {static_cast<const char *>(bytes), size};
}

std::string int_text(const wp_value *value) {
  if (const char *text = wp_value_get_int_text(value)) return text;
  int64_t number;
  check(wp_value_get_int(&number, value));
  return std::to_string(number);
}

double float_of(const wp_value *value) {
  double number;
  check(wp_value_get_float(&number, value));
  return number;
}

bool is_sequence(wp_kind kind) { return kind >= WP_KIND_LIST && kind <= WP_KIND_SET; }
bool is_scalar(wp_kind kind) { return kind < WP_KIND_LIST || (kind > WP_KIND_TENSOR && kind < WP_KIND_OBJECT); }

bool has_only_scalars(const wp_value *container) {
  for (size_t i = 0; i < wp_value_size(container); ++i) {
    if (!is_scalar(wp_value_kind(wp_value_item(container, i)))) return false;
  }
  return true;
}

bool is_empty_private(const Step &step, const wp_value *value) {
  if (step.kind != Step::kAttribute || !string_of(step.key).starts_with('_')) return false;
  wp_kind kind = wp_value_kind(value);
  return kind == WP_KIND_NONE || (kind >= WP_KIND_LIST && kind <= WP_KIND_DICT && wp_value_size(value) == 0);
}

namespace {

// Where a text is cut; a character that would be cut in two is left out.
size_t cut(std::string_view text, size_t limit) {
  size_t size = text.size() <= limit ? text.size() : limit;
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return size;
}

void append_string(std::string &out, std::string_view text, size_t limit) {
  size_t size = cut(text, limit);
  append_python_string(out, text.substr(0, size));
  if (size < text.size()) out += "...";
}

void append_bytes(std::string &out, std::string_view bytes, size_t limit) {
  append_python_bytes(out, bytes.substr(0, limit));
  if (limit < bytes.size()) out += "...";
}

// Unlike a float, a part of a complex number has no ".0".
std::string part_text(double number) {
  std::string text = float_text(number);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

void append_complex(std::string &out, const wp_value *value) {
  double real, imag;
  check(wp_value_get_complex(&real, &imag, value));
  std::string imag_text = part_text(imag) + 'j';
  if (real == 0 && !std::signbit(real)) {
    out += imag_text;
  } else {
    out += '(' + part_text(real) + (imag_text[0] == '-' ? "" : "+") + imag_text + ')';
  }
}

void append_device(std::string &out, const wp_value *value) {
  const char *device;
  check(wp_value_get_device(&device, value));
  std::string_view type = device;
  size_t colon = type.find(':');
  append_python_string(out += "device(type=", type.substr(0, colon));
  if (colon != type.npos) append_escaped(out += ", index=", type.substr(colon + 1));
  out += ')';
}

void append_items(std::string &out, const wp_value *value, const ReprLimits &limits, const char *open, const char *close) {
  size_t size = wp_value_size(value);
  out += open;
  if (limits.depth == 0 && size) {
    out += "...";
  } else {
    ReprLimits below{limits.text, limits.items, limits.depth - 1, limits.hashed || wp_value_kind(value) == WP_KIND_SET};
    ReprLimits of_keys = below;
    of_keys.hashed = true;
    for (size_t i = 0; i < size && i < limits.items; ++i) {
      if (i) out += ", ";
      if (const wp_value *key = wp_value_key(value, i)) {
        append_repr(out, key, of_keys);
        out += ": ";
      }
      append_repr(out, wp_value_item(value, i), below);
    }
    if (size > limits.items) out += ", ... " + grouped(size - limits.items) + " more";
  }
  out += close;
}

void append_set(std::string &out, const wp_value *value, const ReprLimits &limits) {
  if (wp_value_size(value) == 0) {
    out += limits.hashed ? "frozenset()" : "set()";
  } else {
    append_items(out, value, limits, limits.hashed ? "frozenset({" : "{", limits.hashed ? "})" : "}");
  }
}

void append_object(std::string &out, const wp_value *value, const ReprLimits &limits) {
  append_escaped(out, wp_value_class(value));
  const wp_value *args = wp_value_args(value);
  // Also of a dict key: unlike that of a tuple, their text may have no end, since tuples in them may share their items.
  ReprLimits some{limits.text, std::min(limits.items, kShort.items), std::min(limits.depth, kShort.depth), limits.hashed};
  if (args && !wp_value_attributes(value)) append_items(out, args, some, "(", ")");
}

}  // namespace

void append_repr(std::string &out, const wp_value *value, const ReprLimits &limits) {
  switch (wp_value_kind(value)) {
    case WP_KIND_NONE:
      out += "None";
      return;
    case WP_KIND_BOOL:
      out += int_text(value) == "1" ? "True" : "False";
      return;
    case WP_KIND_INT:
      out += int_text(value);
      return;
    case WP_KIND_FLOAT:
      out += float_text(float_of(value));
      return;
    case WP_KIND_COMPLEX:
      return append_complex(out, value);
    case WP_KIND_STRING:
      return append_string(out, string_of(value), limits.text);
    case WP_KIND_BYTES:
      return append_bytes(out, bytes_of(value), limits.text);
    case WP_KIND_LIST:
      return append_items(out, value, limits, "[", "]");
    case WP_KIND_TUPLE:
      return append_items(out, value, limits, "(", wp_value_size(value) == 1 ? ",)" : ")");
    case WP_KIND_SIZE:
      return append_items(out, value, limits, "torch.Size([", "])");
    case WP_KIND_SET:
      return append_set(out, value, limits);
    case WP_KIND_DICT:
      return append_items(out, value, limits, "{", "}");
    case WP_KIND_TENSOR:
      out += "tensor";
      return;
    case WP_KIND_DTYPE:
      out += "torch.";
      out += wp_value_get_dtype_name(value);
      return;
    case WP_KIND_DEVICE:
      return append_device(out, value);
    default:
      return append_object(out, value, limits);
  }
}

void append_step_text(std::string &out, const Step &step) {
  if (step.kind == Step::kState) {
    out += "__state__";
  } else if (!step.key) {
    out += std::to_string(step.index);
  } else if (wp_value_kind(step.key) == WP_KIND_STRING) {
    out += string_of(step.key);
  } else {
    append_repr(out, step.key, kWhole);
  }
}
