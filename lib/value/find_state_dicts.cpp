// SPDX-License-Identifier: MIT
#include "value/find_state_dicts.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "base/steps.hpp"
#include "base/text.hpp"
#include "value/key.hpp"
#include "value/module_state.hpp"
#include "value/path.hpp"

namespace weightport {
namespace {

// Nobody nests a state_dict deeper or under longer keys, and paths stay short on hostile files.
constexpr uint32_t kMaxDepth = 64;
constexpr size_t kMaxStep = 256;

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

bool is_optimizer(const Dict &dict) noexcept { return find_string(dict, "state") && find_string(dict, "param_groups"); }

class Search {
 public:
  explicit Search(const Limits &limits) : steps_(limits) {}

  std::vector<std::string> run(Node &root) {
    add(&root, 0, {});
    for (uint32_t i = 0; i < visits_.size(); ++i) look(i);
    std::vector<std::string> paths;
    for (const auto &found : found_) {
      for (uint32_t visit : found) {
        std::string path = path_of(visit);
        // A key that no path can name, because dots in other keys hide it, would be of no use.
        if (find_at(root, path) == visits_[visit].node) paths.push_back(std::move(path));
      }
      if (!paths.empty()) break;
    }
    return paths;
  }

 private:
  struct Visit {
    Node *node;
    uint32_t parent;
    uint32_t depth;
    std::string step;
  };

  void look(uint32_t index) {
    const Node &node = *visits_[index].node;
    if (module_has_tensor(node, barren_modules_, steps_)) {
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
    if (visits_[index].depth < kMaxDepth) enter(node, dict, index);
  }

  void enter(const Node &node, const Dict *dict, uint32_t index) {
    const Items &items = items_of(node);
    steps_.take(items.size);
    for (uint32_t i = 0; i < items.size; ++i) {
      if (is_new(items.data[i])) add(items.data[i], index, concat(i));
    }
    if (dict) add_entries(*dict, index);
    if (!node.is(WP_KIND_OBJECT)) return;
    each_attribute_dict(node, [&](const Dict &attributes) {
      steps_.take(attributes.size);
      add_entries(attributes, index);
    });
  }

  void add_entries(const Dict &dict, uint32_t index) {
    for (uint32_t i = 0; i < dict.size; ++i) {
      const auto &[key, value] = dict.entries[i];
      if (!is_new(value)) continue;
      if (key->is(WP_KIND_STRING) && key->text.size <= kMaxStep) add(value, index, std::string(key->view()));
      if (key->is(WP_KIND_INT) && !key->flag) add(value, index, concat(key->integer));
    }
  }

  bool is_new(const Node *node) const {
    bool container = node->is(WP_KIND_DICT) || node->is(WP_KIND_LIST) || node->is(WP_KIND_TUPLE) || node->is(WP_KIND_OBJECT);
    return container && !seen_.contains(node);
  }

  void add(Node *node, uint32_t parent, std::string step) {
    seen_.insert(node);
    uint32_t depth = visits_.empty() ? 0 : visits_[parent].depth + 1;
    visits_.push_back({node, parent, depth, std::move(step)});
  }

  std::string path_of(uint32_t visit) const {
    std::string path = visits_[visit].step;
    while ((visit = visits_[visit].parent)) path = concat(visits_[visit].step, '.', path);
    return path;
  }

  Steps steps_;
  std::vector<Visit> visits_;
  std::unordered_set<const Node *> seen_;
  std::unordered_set<const Node *> barren_modules_;
  std::array<std::vector<uint32_t>, kNone> found_;
};

}  // namespace

std::vector<std::string> find_state_dicts(Node &root, const Limits &limits) { return Search(limits).run(root); }

}  // namespace weightport
