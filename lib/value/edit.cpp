// SPDX-License-Identifier: MIT
#include "value/edit.hpp"

#include "base/error.hpp"
#include "value/copy.hpp"
#include "value/create.hpp"
#include "value/key.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

template <class... Parts>
[[noreturn]] void mismatch(const Parts &...parts) {
  fail(WP_ERROR_MISMATCH, parts...);
}

// An item on its way into a container.
Node *taken(Node &container, const Node &item) {
  container.tree->begin_edit();
  return copy_into(*container.tree, item);
}

Dict &require_dict(const Node &node) {
  Dict *dict = dict_of(node);
  if (!dict) mismatch(a_kind(node.kind), " has no keys: a dict is wanted");
  return *dict;
}

void require_child(const Node &container, size_t index) {
  if (index >= child_count(container)) {
    fail(WP_ERROR_NOT_FOUND, a_kind(container.kind), " of ", child_count(container), " has no item ", index);
  }
}

// Objects hold what the class they extend holds; one that holds nothing extends neither list nor dict, for all we know.
bool holds_items(const Node &node) noexcept {
  return node.is(WP_KIND_LIST) || (node.is(WP_KIND_OBJECT) && items_of(node).size);
}
bool is_open_set(const Node &node) noexcept { return node.is(WP_KIND_SET) && !node.flag; }

size_t index_of(const Node &node, const DictEntry &entry) noexcept {
  return items_of(node).size + static_cast<size_t>(&entry - dict_of(node)->entries);
}

// `make_key` is called only where there is no such entry yet.
template <class MakeKey>
void set_entry(Node &dict, const DictEntry *entry, const Node &value, MakeKey make_key) {
  Node *put = taken(dict, value);
  if (entry) {
    dict.tree->replace(dict, index_of(dict, *entry), put);
  } else {
    dict.tree->set(dict, make_key(), put);
  }
}

const DictEntry &require_entry(const Node &node, std::string_view key) {
  const DictEntry *entry = find_entry(require_dict(node), key);
  if (!entry) throw Error(WP_ERROR_NOT_FOUND, "the dict has no such key").with_key(key);
  return *entry;
}

}  // namespace

void require_hashable(const Node &key) {
  try {
    hash_key(key);
  } catch (const Error &e) {
    // What is corrupt in a file is a mistake here.
    fail(e.code() == WP_ERROR_CORRUPT ? WP_ERROR_MISMATCH : e.code(), e.message());
  }
}

void append(Node &container, const Node &item) {
  if (is_open_set(container)) {
    require_hashable(item);
  } else if (!holds_items(container)) {
    mismatch("nothing can be appended to a ", kind_name(container.kind), ": a list or a set is wanted");
  }
  container.tree->append(container, taken(container, item));
}

void set(Node &dict, std::string_view key, const Node &value) {
  set_entry(dict, find_entry(require_dict(dict), key), value, [&] { return new_string(*dict.tree, key); });
}

void set(Node &dict, int64_t key, const Node &value) {
  set_entry(dict, find_entry(require_dict(dict), key), value, [&] { return dict.tree->integer(key); });
}

void set(Node &dict, const Node &key, const Node &value) {
  require_dict(dict);
  require_hashable(key);
  Node *put = taken(dict, value);
  dict.tree->set(dict, taken(dict, key), put);
}

void set_item(Node &container, size_t index, const Node &item) {
  bool tuple = container.is(WP_KIND_TUPLE);
  if (!tuple && !holds_items(container) && !dict_of(container)) {
    mismatch("no item of a ", kind_name(container.kind), " can be replaced: a list, tuple or dict is wanted");
  }
  if (tuple && container.flag) mismatch("the tuple is part of a dict's key and cannot be changed");
  require_child(container, index);
  container.tree->replace(container, index, taken(container, item));
}

void remove(Node &dict, std::string_view key) {
  size_t index = index_of(dict, require_entry(dict, key));
  dict.tree->begin_edit();
  dict.tree->remove(dict, index);
}

void remove_item(Node &container, size_t index) {
  if (!is_open_set(container) && !holds_items(container) && !dict_of(container)) {
    mismatch("nothing can be taken out of a ", kind_name(container.kind), ": a list, set or dict is wanted");
  }
  require_child(container, index);
  container.tree->begin_edit();
  container.tree->remove(container, index);
}

void rename(Node &dict, std::string_view from, std::string_view to) {
  size_t index = index_of(dict, require_entry(dict, from));
  if (from == to) return;
  if (find_entry(require_dict(dict), to)) throw Error(WP_ERROR_MISMATCH, "the dict has the new key already").with_key(to);
  dict.tree->begin_edit();
  dict.tree->replace_key(dict, index, new_string(*dict.tree, to));
}

void set_attributes(Node &node, const Node *attributes) {
  bool object = node.is(WP_KIND_OBJECT) && !node.object->is_global;
  bool classy = node.is(WP_KIND_DICT) && !node.dict->extra.class_name.empty();
  if (!object && !classy && !node.is(WP_KIND_TENSOR)) {
    const char *what = node.is(WP_KIND_OBJECT) ? "class" : node.is(WP_KIND_DICT) ? "plain dict" : kind_name(node.kind);
    mismatch("a ", what, " cannot have attributes");
  }
  if (node.role != TensorRole::kTensor) mismatch("a numpy array or a storage cannot have attributes");
  if (attributes && !object && !attributes->is(WP_KIND_DICT)) {
    mismatch("attributes of a ", kind_name(node.kind), " are a dict, not a ", kind_name(attributes->kind));
  }
  node.tree->begin_edit();
  Node *put = attributes ? copy_into(*node.tree, *attributes) : nullptr;
  node.tree->extra(node).attributes = put;
}

}  // namespace weightport
