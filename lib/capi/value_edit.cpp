// SPDX-License-Identifier: MIT
#include <algorithm>
#include <span>
#include <string_view>

#include "capi/boundary.hpp"
#include "format/json_tree.hpp"
#include "tensor/dtype.hpp"
#include "value/copy.hpp"
#include "value/create.hpp"
#include "value/edit.hpp"
#include "weightport/value.h"

using namespace weightport;

namespace {

// A tree of its own around what `make` makes of it.
template <class Make>
wp_error *create(wp_value **out, Make make) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  auto tree = make_ref<Tree>();
  Node *node = make(*tree);
  (void)tree.detach();  // the caller's reference
  *out = wrap_handle(node);
  WP_GUARD_END
}

// A handle is the address of its node.
std::span<const Node *const> items_at(const wp_value *const *items, size_t count) {
  require(items || !count, "items is NULL");
  require(std::find(items, items + count, nullptr) == items + count, "an item is NULL");
  return {reinterpret_cast<const Node *const *>(items), count};
}

}  // namespace

extern "C" {

wp_error *wp_value_create_none(wp_value **out) {
  return create(out, [](Tree &tree) { return tree.none(); });
}

wp_error *wp_value_create_bool(wp_value **out, bool value) {
  return create(out, [&](Tree &tree) { return tree.boolean(value); });
}

wp_error *wp_value_create_int(wp_value **out, int64_t value) {
  return create(out, [&](Tree &tree) { return tree.integer(value); });
}

wp_error *wp_value_create_int_text(wp_value **out, const char *decimal) {
  return create(out, [&](Tree &tree) {
    require(decimal, "decimal is NULL");
    return new_integer(tree, decimal);
  });
}

wp_error *wp_value_create_float(wp_value **out, double value) {
  return create(out, [&](Tree &tree) { return tree.real(value); });
}

wp_error *wp_value_create_complex(wp_value **out, double real, double imag) {
  return create(out, [&](Tree &tree) { return tree.complex(real, imag); });
}

wp_error *wp_value_create_string(wp_value **out, const char *text, size_t size) {
  return create(out, [&](Tree &tree) {
    require(text || !size, "text is NULL");
    return new_string(tree, {text, size});
  });
}

wp_error *wp_value_create_bytes(wp_value **out, const void *bytes, size_t size) {
  return create(out, [&](Tree &tree) {
    require(bytes || !size, "bytes is NULL");
    return tree.bytes({static_cast<const char *>(bytes), size});
  });
}

wp_error *wp_value_create_list(wp_value **out) {
  return create(out, [](Tree &tree) { return tree.list(); });
}

wp_error *wp_value_create_tuple(wp_value **out, const wp_value *const *items, size_t count) {
  return create(out, [&](Tree &tree) { return new_tuple(tree, items_at(items, count)); });
}

wp_error *wp_value_create_set(wp_value **out) {
  return create(out, [](Tree &tree) { return tree.sequence(WP_KIND_SET); });
}

wp_error *wp_value_create_frozenset(wp_value **out, const wp_value *const *items, size_t count) {
  return create(out, [&](Tree &tree) { return new_frozenset(tree, items_at(items, count)); });
}

wp_error *wp_value_create_dict(wp_value **out) {
  return create(out, [](Tree &tree) { return tree.dict(); });
}

wp_error *wp_value_create_ordered_dict(wp_value **out) {
  return create(out, [](Tree &tree) { return tree.dict("collections.OrderedDict"); });
}

wp_error *wp_value_create_tensor(wp_value **out, const wp_tensor *tensor) {
  return create(out, [&](Tree &tree) {
    require(tensor, "tensor is NULL");
    return tree.tensor(Ref<Tensor>::share(unwrap(tensor)));
  });
}

wp_error *wp_value_create_dtype(wp_value **out, wp_dtype dtype) {
  return create(out, [&](Tree &tree) {
    require(dtype_info(dtype), "no dtype has this number");
    return tree.dtype(dtype);
  });
}

wp_error *wp_value_create_device(wp_value **out, const char *name) {
  return create(out, [&](Tree &tree) {
    require(name, "name is NULL");
    return new_device(tree, name);
  });
}

wp_error *wp_value_create_size(wp_value **out, const int64_t *shape, size_t ndim) {
  return create(out, [&](Tree &tree) {
    require(shape || !ndim, "shape is NULL");
    Node *size = tree.sequence(WP_KIND_SIZE);
    for (size_t i = 0; i < ndim; ++i) tree.append(*size, tree.integer(shape[i]));
    return size;
  });
}

wp_error *wp_value_create_object(wp_value **out, const char *class_name, const wp_value *args, const wp_value *attributes) {
  return create(out, [&](Tree &tree) {
    require(class_name, "class_name is NULL");
    require(!args || unwrap(args)->is(WP_KIND_TUPLE), "args is not a tuple");
    require(!attributes || unwrap(attributes)->is(WP_KIND_DICT), "attributes is not a dict");
    return new_object(tree, class_name, unwrap(args), unwrap(attributes));
  });
}

wp_error *wp_value_from_json(wp_value **out, const char *text, size_t size) {
  return create(out, [&](Tree &tree) {
    require(text || !size, "text is NULL");
    Json json({text, size}, "the text");
    return json_tree(tree, json.root(), Limits().max_depth, "the text");
  });
}

wp_error *wp_value_clone(wp_value **out, const wp_value *value) {
  return create(out, [&](Tree &tree) {
    require(value, "value is NULL");
    return copy_into(tree, *unwrap(value));
  });
}

wp_error *wp_value_append(wp_value *list, const wp_value *item) {
  WP_GUARD_BEGIN
  require(list && item, "list or item is NULL");
  append(*unwrap(list), *unwrap(item));
  WP_GUARD_END
}

wp_error *wp_value_set(wp_value *dict, const char *key, size_t key_size, const wp_value *item) {
  WP_GUARD_BEGIN
  require(dict && item, "dict or item is NULL");
  require(key || !key_size, "key is NULL");
  set(*unwrap(dict), std::string_view(key, key_size), *unwrap(item));
  WP_GUARD_END
}

wp_error *wp_value_set_int(wp_value *dict, int64_t key, const wp_value *item) {
  WP_GUARD_BEGIN
  require(dict && item, "dict or item is NULL");
  set(*unwrap(dict), key, *unwrap(item));
  WP_GUARD_END
}

wp_error *wp_value_set_key(wp_value *dict, const wp_value *key, const wp_value *item) {
  WP_GUARD_BEGIN
  require(dict && key && item, "dict, key or item is NULL");
  set(*unwrap(dict), *unwrap(key), *unwrap(item));
  WP_GUARD_END
}

wp_error *wp_value_set_item(wp_value *container, size_t index, const wp_value *item) {
  WP_GUARD_BEGIN
  require(container && item, "container or item is NULL");
  set_item(*unwrap(container), index, *unwrap(item));
  WP_GUARD_END
}

wp_error *wp_value_remove(wp_value *dict, const char *key, size_t key_size) {
  WP_GUARD_BEGIN
  require(dict, "dict is NULL");
  require(key || !key_size, "key is NULL");
  remove(*unwrap(dict), std::string_view(key, key_size));
  WP_GUARD_END
}

wp_error *wp_value_remove_item(wp_value *container, size_t index) {
  WP_GUARD_BEGIN
  require(container, "container is NULL");
  remove_item(*unwrap(container), index);
  WP_GUARD_END
}

wp_error *wp_value_rename(wp_value *dict, const char *from, const char *to) {
  WP_GUARD_BEGIN
  require(dict, "dict is NULL");
  require(from && to, "from or to is NULL");
  rename(*unwrap(dict), from, to);
  WP_GUARD_END
}

wp_error *wp_value_set_attributes(wp_value *value, const wp_value *attributes) {
  WP_GUARD_BEGIN
  require(value, "value is NULL");
  set_attributes(*unwrap(value), unwrap(attributes));
  WP_GUARD_END
}

}  // extern "C"
