// SPDX-License-Identifier: MIT
#include "value/tree.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "tensor/dtype.hpp"
#include "value/key.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

constexpr size_t kMaxBlock = size_t{1} << 20;

}  // namespace

void *Tree::allocate(size_t bytes) {
  bytes = (bytes + 7) & ~size_t{7};
  if (bytes > left_) {
    // What does not fit in an ordinary block gets one of its own, and the current block stays in use.
    size_t size = std::max(bytes, next_block_);
    budget_.charge(size);
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
    if (bytes >= next_block_) return blocks_.back().get();
    cursor_ = blocks_.back().get();
    left_ = size;
    next_block_ = std::min(next_block_ * 2, kMaxBlock);
  }
  void *out = cursor_;
  cursor_ += bytes;
  left_ -= bytes;
  return out;
}

template <class T>
T *Tree::create() {
  static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 8);
  return new (allocate(sizeof(T))) T{};
}

Node *Tree::make(wp_kind kind) {
  Node *node = create<Node>();
  node->tree = this;
  node->kind = static_cast<uint8_t>(kind);
  return node;
}

std::string_view Tree::copy(std::string_view text) {
  char *data = static_cast<char *>(allocate(text.size() + 1));
  if (!text.empty()) std::memcpy(data, text.data(), text.size());
  data[text.size()] = 0;
  return {data, text.size()};
}

Node *Tree::text_node(wp_kind kind, std::string_view text) {
  std::string_view stored = copy(text);
  Node *node = make(kind);
  node->text = {stored.data(), stored.size()};
  return node;
}

Node *Tree::boolean(bool value) {
  Node *node = make(WP_KIND_BOOL);
  node->flag = value;
  return node;
}

Node *Tree::integer(int64_t value) {
  Node *node = make(WP_KIND_INT);
  node->integer = value;
  return node;
}

Node *Tree::big_integer(std::string_view decimal) {
  Node *node = text_node(WP_KIND_INT, decimal);
  node->flag = true;
  return node;
}

Node *Tree::real(double value) {
  Node *node = make(WP_KIND_FLOAT);
  node->real = value;
  return node;
}

Node *Tree::complex(double re, double im) {
  Node *node = make(WP_KIND_COMPLEX);
  node->complex = {re, im};
  return node;
}

Node *Tree::dtype(wp_dtype dtype, std::string_view numpy_name) {
  Node *node = text_node(WP_KIND_DTYPE, numpy_name);
  node->dtype = dtype;
  return node;
}

Node *Tree::sequence(wp_kind kind, Node *const *items, size_t size) {
  if (size > UINT32_MAX) fail(WP_ERROR_LIMIT, "a ", kind_name(kind), " has more than 2^32 items");
  Node *node = make(kind);
  node->items = {};
  if (size) {
    node->items.data = static_cast<Node **>(allocate(size * sizeof(Node *)));
    std::copy(items, items + size, node->items.data);
    node->items.size = node->items.capacity = static_cast<uint32_t>(size);
  }
  return node;
}

Node *Tree::with_item(const Node &tuple, Node *item) {
  Node *node = sequence(WP_KIND_TUPLE, items_of(tuple).data, items_of(tuple).size);
  push(node->items, item);
  return node;
}

Node *Tree::dict(std::string_view class_name) {
  Dict *dict = create<Dict>();
  dict->extra.class_name = class_name;
  Node *node = make(WP_KIND_DICT);
  node->dict = dict;
  return node;
}

Node *Tree::tensor(Ref<Tensor> tensor) {
  charge(sizeof(Tensor) + sizeof(Storage));
  tensors_.push_back(tensor);
  Node *node = make(WP_KIND_TENSOR);
  node->tensor = {tensor.get(), nullptr};
  return node;
}

void Tree::become_tensor(Node &object, Ref<Tensor> tensor) {
  charge(sizeof(Tensor));
  Extra *extra = create<Extra>();
  *extra = object.object->extra;
  tensors_.push_back(tensor);
  object.kind = WP_KIND_TENSOR;
  object.tensor = {tensor.get(), extra};
}

Node *Tree::object(std::string_view class_name) {
  Object *object = create<Object>();
  object->extra.class_name = class_name;
  Node *node = make(WP_KIND_OBJECT);
  node->object = object;
  return node;
}

void Tree::push(Items &items, Node *item) {
  if (items.size == items.capacity) {
    if (items.capacity > UINT32_MAX / 2) fail(WP_ERROR_LIMIT, "a list has more than 2^31 items");
    uint32_t capacity = items.capacity ? 2 * items.capacity : 4;
    auto **data = static_cast<Node **>(allocate(capacity * sizeof(Node *)));
    std::copy(items.data, items.data + items.size, data);
    items.data = data;
    items.capacity = capacity;
  }
  items.data[items.size++] = item;
}

void Tree::append(Node &node, Node *item) { push(node.is(WP_KIND_OBJECT) ? node.object->items : node.items, item); }

void Tree::put(Dict &dict, Node *key, Node *value) {
  uint64_t hash = hash_key(*key);
  if (DictEntry *entry = find_entry(dict, *key, hash)) {
    entry->value = value;
    return;
  }
  if (dict.size == dict.capacity) grow(dict);
  dict.entries[dict.size++] = {key, value};
  if (dict.index) index_entry(dict, dict.size, static_cast<uint32_t>(hash));
}

void Tree::grow(Dict &dict) {
  if (dict.capacity > UINT32_MAX / 8) fail(WP_ERROR_LIMIT, "a dict has more than 2^29 entries");
  uint32_t capacity = dict.capacity ? 2 * dict.capacity : 4;
  auto *entries = static_cast<DictEntry *>(allocate(capacity * sizeof(DictEntry)));
  std::copy(dict.entries, dict.entries + dict.size, entries);
  dict.entries = entries;
  dict.capacity = capacity;
  if (capacity <= kIndexFrom) return;

  const DictSlot *old = dict.index;
  uint32_t old_slots = old ? dict.index_mask + 1 : 0;
  uint32_t slots = 2 * capacity;
  dict.index = static_cast<DictSlot *>(allocate(slots * sizeof(DictSlot)));
  std::fill(dict.index, dict.index + slots, DictSlot{});
  dict.index_mask = slots - 1;
  for (uint32_t i = 0; i < old_slots; ++i) {
    if (old[i].number) index_entry(dict, old[i].number, old[i].hash);
  }
  for (uint32_t i = 0; !old && i < dict.size; ++i) {
    index_entry(dict, i + 1, static_cast<uint32_t>(hash_key(*dict.entries[i].key)));
  }
}

void Tree::set(Node &node, Node *key, Node *value) {
  if (node.is(WP_KIND_OBJECT) && !node.object->dict) node.object->dict = create<Dict>();
  put(node.is(WP_KIND_OBJECT) ? *node.object->dict : *node.dict, key, value);
}

Extra &Tree::extra(Node &node) {
  if (node.is(WP_KIND_DICT)) return node.dict->extra;
  if (node.is(WP_KIND_OBJECT)) return node.object->extra;
  if (!node.tensor.extra) node.tensor.extra = create<Extra>();
  return *node.tensor.extra;
}

}  // namespace weightport
