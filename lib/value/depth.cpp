// SPDX-License-Identifier: MIT
#include "value/depth.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "value/tree.hpp"

namespace weightport {
namespace {

// Children in one sequence: items, dict values, arguments, attributes. Keys are bounded when they are hashed.
Node *child(const Node &node, uint32_t i) {
  const Items &items = items_of(node);
  if (i < items.size) return items.data[i];
  i -= items.size;
  if (const Dict *dict = dict_of(node)) {
    if (i < dict->size) return dict->entries[i].value;
    i -= dict->size;
  }
  const Extra *extra = extra_of(node);
  if (!extra) return nullptr;
  Node *rest[2] = {extra->args ? extra->args : extra->attributes, extra->args ? extra->attributes : nullptr};
  return i < 2 ? rest[i] : nullptr;
}

struct Frame {
  Node *node;
  uint32_t next = 0;
  uint32_t height = 1;  // of the children seen so far, plus one
};

constexpr uint32_t kOnTheWay = 0;
constexpr size_t kBetweenChecks = 65536;  // for a wish to stop, in containers

}  // namespace

bool is_container(const Node &node) {
  return child_count(node) || (extra_of(node) && (extra_of(node)->args || extra_of(node)->attributes));
}

void check_depth(Node &root, const Operation &operation) {
  const Limits &limits = operation.limits();
  if (!is_container(root)) return;
  std::unordered_map<const Node *, uint32_t> heights;  // kOnTheWay until a node's children are done
  std::vector<Frame> way{{&root}};
  Scratch scratch(*root.tree);
  heights.emplace(&root, kOnTheWay);
  while (!way.empty()) {
    Frame &frame = way.back();
    if (way.size() > limits.max_depth || frame.height > limits.max_depth) {
      fail(WP_ERROR_LIMIT, "values are nested deeper than ", limits.max_depth, " levels (wp_limits.max_depth)");
    }
    if (Node *next = child(*frame.node, frame.next)) {
      ++frame.next;
      if (!is_container(*next)) continue;
      auto [known, added] = heights.emplace(next, kOnTheWay);
      if (added) {
        scratch.charge(kHashEntry);
        if (heights.size() % kBetweenChecks == 0) operation.check_cancelled();
        way.push_back({next});
      } else if (known->second != kOnTheWay) {
        frame.height = std::max(frame.height, known->second + 1);
      }
      continue;
    }
    uint32_t height = frame.height;
    heights[frame.node] = height;
    way.pop_back();
    if (!way.empty()) way.back().height = std::max(way.back().height, height + 1);
  }
}

}  // namespace weightport
