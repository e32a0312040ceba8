// SPDX-License-Identifier: MIT
#include "value/node.hpp"

#include "value/key.hpp"

namespace weightport {

const Items &items_of(const Node &node) noexcept {
  static const Items none{};
  switch (node.kind) {
    case WP_KIND_LIST:
    case WP_KIND_TUPLE:
    case WP_KIND_SET:
    case WP_KIND_SIZE:
      return node.items;
    case WP_KIND_OBJECT:
      return node.object->items;
    default:
      return none;
  }
}

Dict *dict_of(const Node &node) noexcept {
  if (node.is(WP_KIND_DICT)) return node.dict;
  return node.is(WP_KIND_OBJECT) ? node.object->dict : nullptr;
}

const Extra *extra_of(const Node &node) noexcept {
  switch (node.kind) {
    case WP_KIND_DICT:
      return &node.dict->extra;
    case WP_KIND_OBJECT:
      return &node.object->extra;
    case WP_KIND_TENSOR:
      return node.tensor.extra;
    default:
      return nullptr;
  }
}

uint32_t child_count(const Node &node) noexcept {
  const Dict *dict = dict_of(node);
  return items_of(node).size + (dict ? dict->size : 0);
}

namespace {

const DictEntry *entry_at(const Node &node, size_t index) noexcept {
  const Dict *dict = dict_of(node);
  size_t before = items_of(node).size;
  return dict && index >= before && index - before < dict->size ? &dict->entries[index - before] : nullptr;
}

}  // namespace

Node *child_at(const Node &node, size_t index) noexcept {
  const Items &items = items_of(node);
  if (index < items.size) return items.data[index];
  const DictEntry *entry = entry_at(node, index);
  return entry ? entry->value : nullptr;
}

Node *key_at(const Node &node, size_t index) noexcept {
  const DictEntry *entry = entry_at(node, index);
  return entry ? entry->key : nullptr;
}

Node *find(const Node &node, std::string_view key) noexcept {
  const Dict *dict = dict_of(node);
  return dict ? find_string(*dict, key) : nullptr;
}

Node *find_int(const Node &node, int64_t key) noexcept {
  const Dict *dict = dict_of(node);
  return dict ? find_integer(*dict, key) : nullptr;
}

}  // namespace weightport
