// SPDX-License-Identifier: MIT
#include "format/torch_storage.hpp"

#include <memory>
#include <utility>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

// A few bytes of a pickle can name one long text again and again, and each time it is hashed or copied.
constexpr size_t kMaxText = 1024;

}  // namespace

void check_storage_text(const Node &node) {
  if (!node.is(WP_KIND_STRING)) fail(WP_ERROR_CORRUPT, "the key or location of a storage is a ", kind_name(node.kind));
  if (node.text.size > kMaxText) fail(WP_ERROR_LIMIT, "the key or location of a storage is longer than ", kMaxText, " bytes");
}

wp_dtype storage_dtype(const Node &storage_class) {
  if (!storage_class.is(WP_KIND_OBJECT)) fail(WP_ERROR_CORRUPT, "a storage's class is a ", kind_name(storage_class.kind));
  std::string_view name = storage_class.object->extra.class_name;
  if (name == "torch.storage.UntypedStorage" || name == "torch.UntypedStorage") return WP_DTYPE_UINT8;
  std::string_view type = name;
  if (type.starts_with("torch.cuda.")) {
    type.remove_prefix(11);
  } else if (type.starts_with("torch.")) {
    type.remove_prefix(6);
  }
  wp_dtype dtype = dtype_from_script_storage(type);
  if (dtype == WP_DTYPE_UNDEFINED) fail(WP_ERROR_CORRUPT, "\"", printable(name), "\" is not a storage class");
  return dtype;
}

StorageId parse_storage_id(const Node &id) {
  if (!id.is(WP_KIND_TUPLE) || id.items.size < 5 || !id.items.data[0]->is_string("storage")) {
    fail(WP_ERROR_CORRUPT, "a persistent id does not name a storage");
  }
  Node *const *field = id.items.data;
  // Keys are strings in every version, but ints and bytes of Python 2 occur.
  if (!field[4]->is(WP_KIND_INT) || field[4]->flag || field[4]->integer < 0) {
    fail(WP_ERROR_CORRUPT, "a persistent id of a storage has broken fields");
  }
  check_storage_text(*field[2]);
  check_storage_text(*field[3]);
  StorageId out;
  out.dtype = storage_dtype(*field[1]);
  out.class_name = field[1]->object->extra.class_name;
  out.key = field[2]->view();
  out.location = field[3]->view();
  out.numel = static_cast<uint64_t>(field[4]->integer);
  auto nbytes = checked_mul<uint64_t>(out.numel, itemsize(out.dtype));
  if (!nbytes || *nbytes > INT64_MAX) fail(WP_ERROR_CORRUPT, "storage ", printable(out.key), " has more than 2^63 bytes");
  out.nbytes = *nbytes;
  out.view_metadata = id.items.size > 5 && !id.items.data[5]->is(WP_KIND_NONE) ? id.items.data[5] : nullptr;
  return out;
}

Node *storage_node(Tree &tree, Ref<Storage> storage, const StorageId &id, uint64_t offset) {
  auto numel = static_cast<int64_t>(id.numel), one = int64_t{1};
  Ref<Tensor> tensor;
  if (storage) {
    storage->set_unit(dtype_info(id.dtype)->unit);
    tensor = make_ref<Tensor>(std::move(storage), id.dtype, Dims{&numel, 1}, Dims{&one, 1}, static_cast<int64_t>(offset));
  } else {
    auto extra = std::make_unique<TensorExtra>();
    extra->device = "meta";
    tensor = make_ref<Tensor>(id.dtype, Dims{&numel, 1}, Dims{&one, 1}, std::move(extra));
  }
  return tree.storage(std::move(tensor), id.class_name);
}

}  // namespace weightport
