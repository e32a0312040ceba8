// SPDX-License-Identifier: MIT
#include "format/pickle/arguments.hpp"

#include "base/error.hpp"
#include "value/kind.hpp"

namespace weightport {

void Arguments::broken(size_t i, std::string_view wanted) const {
  fail(WP_ERROR_CORRUPT, "argument ", i, " of ", call_.callee.object->extra.class_name, " is ",
       i < size() ? kind_name(call_.args[i]->kind) : "missing", ", not ", wanted);
}

Node &Arguments::any(size_t i) const {
  if (i >= size()) broken(i, "a value");
  return *call_.args[i];
}

int64_t Arguments::integer(size_t i) const {
  if (!any(i).is(WP_KIND_INT) || any(i).flag) broken(i, "an int");
  return any(i).integer;
}

bool Arguments::boolean(size_t i) const {
  if (any(i).is(WP_KIND_INT) && !any(i).flag) return any(i).integer != 0;
  if (!any(i).is(WP_KIND_BOOL)) broken(i, "a bool");
  return any(i).flag;
}

wp_dtype Arguments::dtype(size_t i) const {
  const Node &node = any(i);
  if (node.is(WP_KIND_OBJECT) && node.object->is_global && node.object->extra.class_name.starts_with("torch.")) {
    fail(WP_ERROR_UNSUPPORTED, "the dtype ", printable(node.object->extra.class_name), " is not known");
  }
  if (!node.is(WP_KIND_DTYPE)) broken(i, "a dtype");
  return node.dtype;
}

Tensor &Arguments::tensor(size_t i) const {
  if (!any(i).is(WP_KIND_TENSOR)) broken(i, "a tensor or storage");
  return *any(i).tensor.pointer;
}

std::string_view Arguments::device(size_t i) const {
  if (!any(i).is(WP_KIND_DEVICE) && !any(i).is(WP_KIND_STRING)) broken(i, "a device");
  return any(i).view();
}

Node &Arguments::tuple(size_t i) const {
  if (!any(i).is(WP_KIND_TUPLE) && !any(i).is(WP_KIND_SIZE) && !any(i).is(WP_KIND_LIST)) broken(i, "a tuple");
  return any(i);
}

std::vector<int64_t> Arguments::sizes(size_t i) const {
  const Items &items = tuple(i).items;
  if (items.size > Tensor::kMaxDims) {
    fail(WP_ERROR_LIMIT, "a tensor has ", items.size, " dimensions, more than ", Tensor::kMaxDims);
  }
  std::vector<int64_t> out(items.size);
  for (uint32_t k = 0; k < items.size; ++k) {
    if (!items.data[k]->is(WP_KIND_INT) || items.data[k]->flag) broken(i, "a tuple of ints");
    out[k] = items.data[k]->integer;
  }
  return out;
}

}  // namespace weightport
