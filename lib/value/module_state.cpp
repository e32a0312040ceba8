// SPDX-License-Identifier: MIT
#include "value/module_state.hpp"

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "value/kind.hpp"
#include "value/module_parts.hpp"
#include "value/tree.hpp"

namespace weightport {
namespace {

constexpr uint64_t kEntryBytes = 256;  // an entry of a StateDict without its name
constexpr size_t kMaxName = size_t{1} << 20;

[[noreturn]] void name_mismatch(std::string message, std::string_view name) {
  throw Error(WP_ERROR_MISMATCH, std::move(message)).with_key(name);
}

Ref<Tensor> share_tensor(const Node &node) { return Ref<Tensor>::share(node.tensor.pointer); }

// Modules that are reached by many paths have many names, so a small file could ask for a state_dict without end. Names are
// charged in proportion to the tensors of the tree.
class Collector {
 public:
  Collector(const Tree &tree, const Limits &limits)
      : limits_(limits),
        steps_(limits),
        reader_(steps_),
        budget_(limits, tree.tensor_count() * kEntryBytes),
        state_dict_(make_ref<StateDict>()) {}

  // Null if the node is no module.
  Ref<StateDict> collect(const Node &node) {
    Module module;
    if (!reader_.read(node, module)) return {};
    enter(module);
    while (!path_.empty()) {
      Frame &top = path_.back();
      name_.resize(top.prefix);
      ModulePart child;
      if (!reader_.next_child(top.module, top.next, child)) {
        if (added_ == top.added_before) {
          barren_.insert(top.module.node);
          barren_.insert(top.module.children);
        }
        path_.pop_back();
        continue;
      }
      if (barren_.contains(child.value)) continue;
      append(name_, child.name);
      append(name_, '.');
      if (name_.size() > kMaxName) fail(WP_ERROR_LIMIT, "the name of a module is longer than ", kMaxName, " bytes");
      if (!reader_.read(*child.value, module)) {
        name_mismatch(concat(a_kind(child.value->kind), " among the modules is not in the form of torch.nn.Module"), name_);
      }
      enter(module);
    }
    return std::move(state_dict_);
  }

 private:
  struct Frame {
    Module module;
    size_t prefix;  // of name_
    uint64_t added_before;
    uint32_t next = 0;
  };

  // name_ is the module's prefix, "layer1.0." say.
  void enter(Module module) {
    if (path_.size() >= limits_.max_depth) {
      fail(WP_ERROR_LIMIT, "modules are nested deeper than ", limits_.max_depth, " (wp_limits.max_depth)");
    }
    // Module.state_dict() has libtorch unpack them.
    const Extra *extra = extra_of(*module.node);
    if (std::string_view name = extra ? extra->class_name : ""; name.starts_with("torch.") && name.ends_with("PackedParams")) {
      throw Error(WP_ERROR_UNSUPPORTED, concat("the weights of a quantized module are packed in a ", name)).with_key(name_);
    }
    uint64_t before = added_;
    for (const ModulePart &part : reader_.tensors(module)) add(part);
    if (barren_.contains(module.children)) module.children = nullptr;
    path_.push_back({module, name_.size(), before});
  }

  void add(const ModulePart &part) {
    std::string name = concat(name_, part.name);
    if (!part.value->is(WP_KIND_TENSOR)) name_mismatch(concat(a_kind(part.value->kind), " is not a tensor"), name);
    budget_.charge(name.size() + kEntryBytes);
    state_dict_->set(name, share_tensor(*part.value));
    if (++added_ > limits_.max_tensors) {
      fail(WP_ERROR_LIMIT, "the modules have more than ", limits_.max_tensors, " tensors (wp_limits.max_tensors)");
    }
  }

  const Limits &limits_;
  Steps steps_;
  ModuleReader reader_;
  Budget budget_;
  Ref<StateDict> state_dict_;
  std::string name_;
  std::vector<Frame> path_;
  std::unordered_set<const void *> barren_;  // modules, and dicts of modules, that added nothing
  uint64_t added_ = 0;
};

Ref<StateDict> from_dict(const Dict &dict) {
  auto out = make_ref<StateDict>();
  out->reserve(dict.size);
  for (uint32_t i = 0; i < dict.size; ++i) {
    const auto &[key, value] = dict.entries[i];
    if (!key->is(WP_KIND_STRING)) {
      fail(WP_ERROR_MISMATCH, "a state_dict has strings as keys: entry ", i, " has a key of kind ", kind_name(key->kind));
    }
    if (value->is(WP_KIND_TENSOR)) {
      out->set(key->view(), share_tensor(*value));
    } else if (!is_extra_state(key->view())) {
      name_mismatch(concat(a_kind(value->kind), " is not a tensor"), key->view());
    }
  }
  return out;
}

}  // namespace

Ref<StateDict> state_dict_from_value(const Node &value, const Limits &limits) {
  if (Ref<StateDict> collected = Collector(*value.tree, limits).collect(value)) return collected;
  if (const Dict *dict = dict_of(value)) return from_dict(*dict);
  const Extra *extra = extra_of(value);
  std::string of_class = extra && !extra->class_name.empty() ? concat(" of class ", printable(extra->class_name)) : "";
  fail(WP_ERROR_MISMATCH, "a state_dict is a dict of tensors or a module, not a value of kind ", kind_name(value.kind),
       of_class);
}

}  // namespace weightport
