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

constexpr size_t kMaxBlock = Buffer::kLargePage;

Budget unlimited() {
  Limits limits;
  limits.max_bytes = uint64_t{1} << 63;
  return Budget(limits, 0);
}

uint64_t memory_of(const Tensor &tensor) noexcept {
  return sizeof(Tensor) + sizeof(Storage) + tensor.ndim() * 2 * sizeof(int64_t) + (tensor.extra() ? sizeof(TensorExtra) : 0);
}

bool is_text(const Node &node) noexcept {
  return node.is(WP_KIND_STRING) || node.is(WP_KIND_BYTES) || node.is(WP_KIND_DEVICE) || node.is(WP_KIND_DTYPE) ||
         (node.is(WP_KIND_INT) && node.flag);
}

// A dict finds its entries by what their keys were when they were put in.
void freeze(Node &key) noexcept {
  if (key.flag || (!key.is(WP_KIND_TUPLE) && !key.is(WP_KIND_SIZE))) return;
  key.flag = true;
  for (uint32_t i = 0; i < key.items.size; ++i) freeze(*key.items.data[i]);
}

}  // namespace

Tree::Tree() : Tree(unlimited()) {}

void Tree::begin_edit() noexcept {
  if (edits_++ == 0) budget_ = unlimited();
}

void *Tree::allocate(size_t bytes) {
  bytes = (bytes + 7) & ~size_t{7};
  if (bytes > left_) {
    // What does not fit in an ordinary block gets one of its own, and the current block stays in use.
    size_t size = std::max(bytes, next_block_);
    budget_.charge(size);
    blocks_.emplace_back(size);
    if (bytes >= next_block_) return blocks_.back().data();
    cursor_ = blocks_.back().data();
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
  if (size > UINT32_MAX) fail(WP_ERROR_LIMIT, a_kind(kind), " has more than 2^32 items");
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

void Tree::keep(const Ref<Tensor> &tensor) {
  charge(memory_of(*tensor));
  tensors_.push_back(tensor);
}

Node *Tree::tensor(Ref<Tensor> tensor) {
  keep(tensor);
  Node *node = make(WP_KIND_TENSOR);
  node->tensor = {tensor.get(), nullptr};
  return node;
}

Node *Tree::storage(Ref<Tensor> tensor, std::string_view class_name) {
  ++storages_;
  Node *node = this->tensor(std::move(tensor));
  node->role = TensorRole::kStorage;
  extra(*node).class_name = class_name;
  return node;
}

Node *Tree::array(Ref<Tensor> tensor, std::string_view class_name) {
  Node *node = this->tensor(std::move(tensor));
  node->role = TensorRole::kArray;
  extra(*node).class_name = class_name;
  return node;
}

void Tree::become_tensor(Node &object, Ref<Tensor> tensor, TensorRole role) {
  keep(tensor);
  Extra *extra = create<Extra>();
  extra->set_class(object.object->extra);
  object.kind = WP_KIND_TENSOR;
  object.role = role;
  object.tensor = {tensor.get(), extra};
}

Node *Tree::object(std::string_view class_name) {
  Object *object = create<Object>();
  object->extra.class_name = class_name;
  Node *node = make(WP_KIND_OBJECT);
  node->object = object;
  return node;
}

Node *Tree::object(const Extra &of_class) {
  Node *node = object(of_class.class_name);
  node->object->extra.module_size = of_class.module_size;
  return node;
}

Items Tree::reserve(uint32_t capacity) {
  return {capacity ? static_cast<Node **>(allocate(capacity * sizeof(Node *))) : nullptr, 0, capacity};
}

Extra Tree::copy(const Extra &extra) {
  Extra out;
  if (!extra.class_name.empty()) out.class_name = copy(extra.class_name);
  out.module_size = extra.module_size;
  return out;
}

Node *Tree::without_children(const Node &other) {
  Node *node = create<Node>();
  *node = other;
  node->tree = this;
  switch (other.kind) {
    case WP_KIND_TUPLE:
    case WP_KIND_SIZE:
      node->flag = false;
      [[fallthrough]];
    case WP_KIND_LIST:
    case WP_KIND_SET:
      node->items = reserve(other.items.size);
      break;
    case WP_KIND_DICT:
      node->dict = create<Dict>();
      node->dict->extra = copy(other.dict->extra);
      break;
    case WP_KIND_OBJECT:
      node->object = create<Object>();
      *node->object = *other.object;
      node->object->extra = copy(other.object->extra);
      if (!other.object->setter.empty()) node->object->setter = copy(other.object->setter);
      node->object->items = reserve(other.object->items.size);
      if (other.object->dict) node->object->dict = create<Dict>();
      break;
    case WP_KIND_TENSOR:
      tensors_.push_back(Ref<Tensor>::share(other.tensor.pointer));
      if (other.tensor.extra) {
        node->tensor.extra = create<Extra>();
        *node->tensor.extra = copy(*other.tensor.extra);
      }
      break;
    default:
      if (is_text(other)) node->text = {copy(other.view()).data(), other.text.size};
  }
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
  uint32_t visited;
  uint64_t hash = hash_own_key(*key, visited);
  // A tuple takes no more memory, but time: a few bytes of a file can make a large one a key again and again.
  if (visited > 1) charge(visited * sizeof(Node *));
  if (DictEntry *entry = find_entry(dict, *key, hash)) {
    share_text(*entry->key, *key);
    entry->value = value;
    return;
  }
  if (dict.size == dict.capacity) grow(dict);
  freeze(*key);
  dict.entries[dict.size++] = {key, value};
  if (dict.index) index_entry(dict, dict.size, static_cast<uint32_t>(hash));
}

void Tree::grow(Dict &dict) {
  if (dict.capacity > UINT32_MAX / 8) fail(WP_ERROR_LIMIT, "a dict has more than 2^29 entries");
  uint32_t capacity = dict.capacity ? 2 * dict.capacity : 4;
  uint32_t slots = capacity > kIndexFrom ? 2 * capacity : 0;
  // The dict changes when nothing can fail any more.
  auto *entries = static_cast<DictEntry *>(allocate(capacity * sizeof(DictEntry)));
  auto *index = slots ? static_cast<DictSlot *>(allocate(slots * sizeof(DictSlot))) : nullptr;
  std::copy(dict.entries, dict.entries + dict.size, entries);
  dict.entries = entries;
  dict.capacity = capacity;
  if (!index) return;

  const DictSlot *old = dict.index;
  uint32_t old_slots = old ? dict.index_mask + 1 : 0;
  std::fill(index, index + slots, DictSlot{});
  dict.index = index;
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

void Tree::replace(Node &node, size_t index, Node *child) {
  const Items &items = items_of(node);
  if (index < items.size) {
    items.data[index] = child;
  } else {
    dict_of(node)->entries[index - items.size].value = child;
  }
}

void Tree::replace_key(Node &node, size_t index, Node *key) {
  Dict &dict = *dict_of(node);
  auto i = static_cast<uint32_t>(index - items_of(node).size);
  uint64_t hash = hash_key(*key);
  freeze(*key);
  if (dict.index) {
    unindex_entry(dict, i + 1, static_cast<uint32_t>(hash_key(*dict.entries[i].key)));
    index_entry(dict, i + 1, static_cast<uint32_t>(hash));
  }
  dict.entries[i].key = key;
}

void Tree::remove(Node &node, size_t index) {
  Items &items = node.is(WP_KIND_OBJECT) ? node.object->items : node.items;
  if (index < items_of(node).size) {
    std::copy(items.data + index + 1, items.data + items.size, items.data + index);
    --items.size;
    return;
  }
  Dict &dict = *dict_of(node);
  auto i = static_cast<uint32_t>(index - items_of(node).size);
  if (dict.index) {
    unindex_entry(dict, i + 1, static_cast<uint32_t>(hash_key(*dict.entries[i].key)));
    // Nothing follows the last entry. Otherwise without a branch, since all slots are gone through.
    if (i + 1 < dict.size) {
      std::for_each_n(dict.index, dict.index_mask + 1, [i](DictSlot &slot) { slot.number -= slot.number > i + 1; });
    }
  }
  std::copy(dict.entries + i + 1, dict.entries + dict.size, dict.entries + i);
  --dict.size;
}

Extra &Tree::extra(Node &node) {
  if (node.is(WP_KIND_DICT)) return node.dict->extra;
  if (node.is(WP_KIND_OBJECT)) return node.object->extra;
  if (!node.tensor.extra) node.tensor.extra = create<Extra>();
  return *node.tensor.extra;
}

}  // namespace weightport
