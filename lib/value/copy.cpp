// SPDX-License-Identifier: MIT
#include "value/copy.hpp"

namespace weightport {
namespace {

bool is_leaf(const Node &node) noexcept { return child_count(node) == 0 && !extra_of(node); }

}  // namespace

Node *Copier::copy(const Node &node) {
  if (node.tree == &tree_) return const_cast<Node *>(&node);
  tree_.adopt_script_facts(*node.tree);
  Node *root = twin(&node);
  while (!work_.empty()) {
    auto [from, to] = work_.back();
    work_.pop_back();
    copy_children(*from, *to);
  }
  // Only now are tuples whole, and have the hashes that they will have.
  for (const Entry &entry : entries_) tree_.set(*entry.dict, entry.key, entry.value);
  entries_.clear();
  return root;
}

Node *Copier::twin(const Node *node) {
  if (!node) return nullptr;
  auto [known, added] = twins_.try_emplace(node, nullptr);
  if (added) {
    known->second = tree_.without_children(*node);
    if (!is_leaf(*node)) work_.push_back({node, known->second});
  }
  return known->second;
}

void Copier::copy_children(const Node &from, Node &to) {
  const Items &items = items_of(from);
  for (uint32_t i = 0; i < items.size; ++i) tree_.append(to, twin(items.data[i]));
  if (const Dict *dict = dict_of(from)) {
    for (uint32_t i = 0; i < dict->size; ++i)
      entries_.push_back({&to, twin(dict->entries[i].key), twin(dict->entries[i].value)});
  }
  const Extra *extra = extra_of(from);
  if (!extra || (!extra->args && !extra->attributes)) return;
  Extra &copied = tree_.extra(to);
  copied.args = twin(extra->args);
  copied.attributes = twin(extra->attributes);
}

Node *copy_into(Tree &tree, const Node &node) {
  // Most values that are put in are single ones.
  if (node.tree != &tree && is_leaf(node)) return tree.without_children(node);
  return Copier(tree).copy(node);
}

}  // namespace weightport
