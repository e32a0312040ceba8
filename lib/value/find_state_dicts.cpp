// SPDX-License-Identifier: MIT
#include "value/find_state_dicts.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <string_view>
#include <unordered_set>

#include "base/steps.hpp"
#include "base/text.hpp"
#include "value/key.hpp"
#include "value/module_parts.hpp"
#include "value/module_state.hpp"
#include "value/path.hpp"
#include "value/tree.hpp"

namespace weightport {
namespace {

// Nobody nests a state_dict deeper or under longer keys, and paths stay short on hostile files.
constexpr uint32_t kMaxDepth = 64;
constexpr size_t kMaxStep = 256;
constexpr size_t kMaxPath = 1024;

enum Rank : uint8_t { kWeights, kStatistics, kNone };

Rank rank_of(const Dict &dict) {
  bool any = false, numbers = true, bytes = true;
  for (uint32_t i = 0; i < dict.size; ++i) {
    const auto &[key, value] = dict.entries[i];
    bool named = key->is(WP_KIND_STRING);
    if (named && value->is(WP_KIND_TENSOR)) {
      const Tensor &tensor = *value->tensor.pointer;
      any = true;
      numbers &= tensor.ndim() == 0;
      bytes &= tensor.ndim() == 1 && tensor.dtype() == WP_DTYPE_UINT8;
    } else if (!named || !is_extra_state(key->view())) {
      return kNone;
    }
  }
  if (!any) return kNone;
  return numbers || bytes ? kStatistics : kWeights;
}

// Whether nothing of interest can be below a node. Of a sequence only the first few items are asked, since many places may
// share it.
bool is_dead_end(const Node &node) noexcept {
  constexpr uint32_t kMaxAsked = 8;
  if (node.is(WP_KIND_DICT)) return !node.dict->size;
  if (node.is(WP_KIND_OBJECT)) return !child_count(node) && !node.object->extra.args && !node.object->extra.attributes;
  const Items &items = items_of(node);
  if (items.size > kMaxAsked) return false;
  return std::none_of(items.data, items.data + items.size, [](const Node *item) {
    return item->is(WP_KIND_DICT) || item->is(WP_KIND_LIST) || item->is(WP_KIND_TUPLE) || item->is(WP_KIND_OBJECT);
  });
}

bool is_optimizer(const Dict &dict) noexcept { return find_string(dict, "state") && find_string(dict, "param_groups"); }

class Search {
 public:
  Search(Tree &tree, const Limits &limits) : tree_(tree), scratch_(tree), steps_(limits) {}

  std::vector<std::string> run(Node &root) {
    add({&root, nullptr, 0, 0});
    uint32_t depth = 0;
    size_t level_end = 1;
    for (uint32_t i = 0; i < visits_.size(); ++i) {
      if (i == level_end) {
        ++depth;
        level_end = visits_.size();
      }
      look(i, depth);
    }
    std::vector<std::string> paths;
    for (const auto &found : found_) {
      for (uint32_t visit : found) {
        std::string path = path_of(visit);
        if (path.size() > kMaxPath) continue;
        // At each of a path's dots it may go on or not, and the whole rest of it is hashed to find out.
        auto dots = static_cast<uint64_t>(std::count(path.begin(), path.end(), '.')) + 1;
        steps_.take(dots * dots * (path.size() / 8 + 1));
        // A key that no path can name, because dots in other keys hide it, would be of no use.
        if (find_at(root, path) != visits_[visit].node) continue;
        tree_.charge(path.size() + sizeof(std::string));
        paths.push_back(std::move(path));
      }
      if (!paths.empty()) break;
    }
    return paths;
  }

 private:
  struct Visit {
    Node *node;
    const Node *key;  // under which its parent holds it; null: an item
    uint32_t parent;
    uint32_t index;  // of an item
  };

  void look(uint32_t index, uint32_t depth) {
    const Node &node = *visits_[index].node;
    if (modules_.has_tensor(node)) {
      found_[kWeights].push_back(index);
      return;
    }
    const Dict *dict = dict_of(node);
    if (dict) {
      steps_.take(dict->size);
      if (is_optimizer(*dict)) return;
      Rank rank = rank_of(*dict);
      if (rank != kNone) {
        found_[rank].push_back(index);
        return;
      }
    }
    if (depth < kMaxDepth) enter(node, dict, index);
  }

  void enter(const Node &node, const Dict *dict, uint32_t index) {
    add_items(items_of(node), index);
    if (dict) add_entries(*dict, index);
    if (!node.is(WP_KIND_OBJECT)) return;
    const Node *args = node.object->extra.args;
    if (args && !child_count(node)) add_items(items_of(*args), index);
    each_attribute_dict(node, [&](const Dict &attributes) {
      steps_.take(attributes.size);
      add_entries(attributes, index);
    });
  }

  void add_items(const Items &items, uint32_t index) {
    steps_.take(items.size);
    for (uint32_t i = 0; i < items.size; ++i) {
      if (is_new(items.data[i])) add({items.data[i], nullptr, index, i});
    }
  }

  void add_entries(const Dict &dict, uint32_t index) {
    for (uint32_t i = 0; i < dict.size; ++i) {
      const auto &[key, value] = dict.entries[i];
      if (!is_new(value)) continue;
      bool name = key->is(WP_KIND_STRING) && key->text.size <= kMaxStep;
      if (name || (key->is(WP_KIND_INT) && !key->flag)) add({value, key, index, 0});
    }
  }

  bool is_new(const Node *node) const {
    bool container = node->is(WP_KIND_DICT) || node->is(WP_KIND_LIST) || node->is(WP_KIND_TUPLE) || node->is(WP_KIND_OBJECT);
    return container && !is_dead_end(*node) && !seen_.contains(node);
  }

  void add(const Visit &visit) {
    scratch_.charge(sizeof(Visit) + kHashEntry);
    seen_.insert(visit.node);
    visits_.push_back(visit);
  }

  std::string step_of(uint32_t visit) const {
    const auto &[node, key, parent, index] = visits_[visit];
    if (!key) return visit ? concat(index) : "";
    return key->is(WP_KIND_STRING) ? std::string(key->view()) : concat(key->integer);
  }

  // A path of more than kMaxPath bytes may lack its front.
  std::string path_of(uint32_t visit) const {
    std::string path = step_of(visit);
    while (path.size() <= kMaxPath && (visit = visits_[visit].parent)) path = concat(step_of(visit), '.', path);
    return path;
  }

  Tree &tree_;
  Scratch scratch_;
  Steps steps_;
  std::deque<Visit> visits_;
  std::unordered_set<const Node *> seen_;
  ModuleReader modules_{steps_};
  std::array<std::vector<uint32_t>, kNone> found_;
};

}  // namespace

std::vector<std::string> find_state_dicts(Node &root, const Limits &limits) { return Search(*root.tree, limits).run(root); }

}  // namespace weightport
