// SPDX-License-Identifier: MIT
#include "weightport/state_dict.h"

#include "base/utf8.hpp"
#include "capi/boundary.hpp"
#include "value/create.hpp"
#include "value/module_state.hpp"

using namespace weightport;

extern "C" {

wp_error *wp_state_dict_create(wp_state_dict **out) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = give(make_ref<StateDict>());
  WP_GUARD_END
}

wp_error *wp_state_dict_from_value(wp_state_dict **out, const wp_value *value) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(value, "value is NULL");
  *out = give(state_dict_from_value(*unwrap(value), Limits()));
  WP_GUARD_END
}

wp_error *wp_state_dict_to_value(wp_value **out, const wp_state_dict *state_dict) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(state_dict, "state_dict is NULL");
  auto tree = make_ref<Tree>();
  Node *node = new_state_dict(*tree, *unwrap(state_dict));
  (void)tree.detach();  // the caller's reference
  *out = wrap_handle(node);
  WP_GUARD_END
}

wp_state_dict *wp_state_dict_retain(const wp_state_dict *state_dict) {
  if (state_dict) unwrap(state_dict)->retain();
  return const_cast<wp_state_dict *>(state_dict);
}

void wp_state_dict_release(wp_state_dict *state_dict) {
  if (state_dict) unwrap(state_dict)->release();
}

size_t wp_state_dict_size(const wp_state_dict *state_dict) { return state_dict ? unwrap(state_dict)->size() : 0; }

const char *wp_state_dict_name_at(const wp_state_dict *state_dict, size_t index, size_t *size) {
  if (size) *size = 0;
  if (index >= wp_state_dict_size(state_dict)) return nullptr;
  const auto &name = unwrap(state_dict)->name_at(index);
  if (size) *size = name.size();
  return name.c_str();
}

wp_tensor *wp_state_dict_tensor_at(const wp_state_dict *state_dict, size_t index) {
  bool there = index < wp_state_dict_size(state_dict);
  return wrap_handle(there ? unwrap(state_dict)->tensor_at(index).get() : nullptr);
}

wp_tensor *wp_state_dict_find(const wp_state_dict *state_dict, const char *name) {
  return wrap_handle(state_dict && name ? unwrap(state_dict)->find(name) : nullptr);
}

wp_tensor *wp_state_dict_find_sized(const wp_state_dict *state_dict, const char *name, size_t size) {
  return wrap_handle(state_dict && name ? unwrap(state_dict)->find({name, size}) : nullptr);
}

wp_error *wp_state_dict_set(wp_state_dict *state_dict, const char *name, const wp_tensor *tensor) {
  WP_GUARD_BEGIN
  require(state_dict, "state_dict is NULL");
  require(name, "name is NULL");
  require(tensor, "tensor is NULL");
  require(is_utf8(name), "name is not UTF-8");
  unwrap(state_dict)->set(name, Ref<Tensor>::share(unwrap(tensor)));
  WP_GUARD_END
}

wp_error *wp_state_dict_remove(wp_state_dict *state_dict, const char *name) {
  WP_GUARD_BEGIN
  require(state_dict, "state_dict is NULL");
  require(name, "name is NULL");
  unwrap(state_dict)->remove(name);
  WP_GUARD_END
}

wp_error *wp_state_dict_rename(wp_state_dict *state_dict, const char *from, const char *to) {
  WP_GUARD_BEGIN
  require(state_dict, "state_dict is NULL");
  require(from && to, "from or to is NULL");
  require(is_utf8(to), "to is not UTF-8");
  unwrap(state_dict)->rename(from, to);
  WP_GUARD_END
}

wp_error *wp_state_dict_add_prefix(wp_state_dict *state_dict, const char *prefix) {
  WP_GUARD_BEGIN
  require(state_dict, "state_dict is NULL");
  require(prefix, "prefix is NULL");
  require(is_utf8(prefix), "prefix is not UTF-8");
  unwrap(state_dict)->add_prefix(prefix);
  WP_GUARD_END
}

wp_error *wp_state_dict_strip_prefix(wp_state_dict *state_dict, const char *prefix) {
  WP_GUARD_BEGIN
  require(state_dict, "state_dict is NULL");
  require(prefix, "prefix is NULL");
  unwrap(state_dict)->strip_prefix(prefix);
  WP_GUARD_END
}

}  // extern "C"
