// SPDX-License-Identifier: MIT
// Values of one tree put into another.
#pragma once

#include <unordered_map>
#include <vector>

#include "value/tree.hpp"

namespace weightport {

// Copies structure and never tensor bytes. What several copied nodes share, and cycles, the copies of one Copier share too.
class Copier {
 public:
  explicit Copier(Tree &tree) : tree_(tree) {}

  // The node itself if it is of this tree already.
  Node *copy(const Node &node);

 private:
  struct Entry {
    Node *dict, *key, *value;
  };

  Node *twin(const Node *node);
  void copy_children(const Node &from, Node &to);

  Tree &tree_;
  std::unordered_map<const Node *, Node *> twins_;
  std::vector<std::pair<const Node *, Node *>> work_;
  std::vector<Entry> entries_;
};

Node *copy_into(Tree &tree, const Node &node);

}  // namespace weightport
