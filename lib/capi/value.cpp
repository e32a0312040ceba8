// SPDX-License-Identifier: MIT
#include "weightport/value.h"

#include <string_view>

#include "capi/boundary.hpp"
#include "tensor/dtype.hpp"
#include "value/kind.hpp"
#include "value/path.hpp"
#include "value/scalar.hpp"
#include "value/tree.hpp"

using namespace weightport;

namespace {

// The Extra of a node, or one without anything.
const Extra &extra_or_none(const wp_value *value) noexcept {
  static const Extra none{};
  const Extra *extra = value ? extra_of(*unwrap(value)) : nullptr;
  return extra ? *extra : none;
}

}  // namespace

extern "C" {

const char *wp_kind_name(wp_kind kind) { return kind_name(kind); }

wp_value *wp_value_retain(const wp_value *value) {
  if (value) unwrap(value)->tree->retain();
  return const_cast<wp_value *>(value);
}

void wp_value_release(wp_value *value) {
  if (value) unwrap(value)->tree->release();
}

wp_kind wp_value_kind(const wp_value *value) { return value ? wp_kind{unwrap(value)->kind} : WP_KIND_NONE; }

wp_error *wp_value_get_bool(bool *out, const wp_value *value) {
  if (out) *out = false;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = bool_of(unwrap(value));
  WP_GUARD_END
}

wp_error *wp_value_get_int(int64_t *out, const wp_value *value) {
  if (out) *out = 0;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = int_of(unwrap(value));
  WP_GUARD_END
}

const char *wp_value_get_int_text(const wp_value *value) {
  const Node *node = unwrap(value);
  return node && node->is(WP_KIND_INT) && node->flag ? node->text.data : nullptr;
}

wp_error *wp_value_get_float(double *out, const wp_value *value) {
  if (out) *out = 0;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = float_of(unwrap(value));
  WP_GUARD_END
}

wp_error *wp_value_get_complex(double *real, double *imag, const wp_value *value) {
  if (real) *real = 0;
  if (imag) *imag = 0;
  WP_GUARD_BEGIN
  require(real && imag, "real or imag is NULL");
  auto number = complex_of(unwrap(value));
  *real = number.real();
  *imag = number.imag();
  WP_GUARD_END
}

wp_error *wp_value_get_string(const char **out, size_t *size, const wp_value *value) {
  if (out) *out = nullptr;
  if (size) *size = 0;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  std::string_view text = expect(unwrap(value), WP_KIND_STRING).view();
  *out = text.data();
  if (size) *size = text.size();
  WP_GUARD_END
}

wp_error *wp_value_get_bytes(const void **out, size_t *size, const wp_value *value) {
  if (out) *out = nullptr;
  if (size) *size = 0;
  WP_GUARD_BEGIN
  require(out && size, "out or size is NULL");
  std::string_view bytes = expect(unwrap(value), WP_KIND_BYTES).view();
  *out = bytes.data();
  *size = bytes.size();
  WP_GUARD_END
}

wp_error *wp_value_get_dtype(wp_dtype *out, const wp_value *value) {
  if (out) *out = WP_DTYPE_UNDEFINED;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = dtype_of(unwrap(value));
  WP_GUARD_END
}

const char *wp_value_get_dtype_name(const wp_value *value) {
  const Node *node = unwrap(value);
  return node && node->is(WP_KIND_DTYPE) ? dtype_info(node->dtype)->name : nullptr;
}

wp_error *wp_value_get_device(const char **out, const wp_value *value) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = expect(unwrap(value), WP_KIND_DEVICE).text.data;
  WP_GUARD_END
}

wp_tensor *wp_value_tensor(const wp_value *value) {
  const Node *node = unwrap(value);
  return wrap_handle(node && node->is(WP_KIND_TENSOR) ? node->tensor.pointer : nullptr);
}

size_t wp_value_size(const wp_value *value) { return value ? child_count(*unwrap(value)) : 0; }

wp_value *wp_value_item(const wp_value *value, size_t index) {
  return wrap_handle(value ? child_at(*unwrap(value), index) : nullptr);
}

const wp_value *wp_value_key(const wp_value *value, size_t index) {
  return wrap_handle(value ? key_at(*unwrap(value), index) : nullptr);
}

wp_value *wp_value_find(const wp_value *value, const char *key, size_t key_size) {
  return wrap_handle(value && key ? find(*unwrap(value), {key, key_size}) : nullptr);
}

wp_value *wp_value_find_int(const wp_value *value, int64_t key) {
  return wrap_handle(value ? find_int(*unwrap(value), key) : nullptr);
}

wp_error *wp_value_at(wp_value **out, const wp_value *value, const char *path) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(value, "value is NULL");
  require(path, "path is NULL");
  *out = wrap_handle(value_at(*unwrap(value), path));
  WP_GUARD_END
}

const char *wp_value_class(const wp_value *value) {
  if (value && unwrap(value)->is(WP_KIND_SET) && unwrap(value)->flag) return "builtins.frozenset";
  std::string_view name = extra_or_none(value).class_name;
  return name.empty() ? "" : name.data();
}

bool wp_value_is_class(const wp_value *value) {
  const Node *node = unwrap(value);
  return node && node->is(WP_KIND_OBJECT) && node->object->is_global;
}

wp_value *wp_value_args(const wp_value *value) { return wrap_handle(extra_or_none(value).args); }

wp_value *wp_value_attributes(const wp_value *value) { return wrap_handle(extra_or_none(value).attributes); }

}  // extern "C"
