// SPDX-License-Identifier: MIT
// Which nodes count as one, because they were compared already (Hopcroft and Karp's equality of automata): cycles end, and
// the number of comparisons is less than that of nodes, however often they are shared.
#pragma once

#include <unordered_map>

#include "value/node.hpp"

namespace weightport {

class Equivalence {
 public:
  // False if the two are one already.
  bool join(const Node *a, const Node *b) {
    const Node *x = find(a), *y = find(b);
    if (x == y) return false;
    parents_[x] = y;
    return true;
  }

 private:
  const Node *find(const Node *node) {
    auto at = parents_.find(node);
    while (at != parents_.end()) {
      auto above = parents_.find(at->second);
      node = at->second;
      // Shortens the way of the next search.
      if (above != parents_.end()) at->second = above->second;
      at = above;
    }
    return node;
  }

  std::unordered_map<const Node *, const Node *> parents_;
};

}  // namespace weightport
