// SPDX-License-Identifier: MIT
// After torch/nn/modules/module.py (Module.state_dict) and torch/csrc/jit/api/module.h (the slots of a ScriptModule).
#include <algorithm>
#include <utility>

#include "base/hash.hpp"
#include "value/key.hpp"
#include "value/module_state.hpp"
#include "value/path.hpp"
#include "value/tree.hpp"

namespace weightport {
namespace {

const Dict *dict_under(const Dict &dict, std::string_view key) noexcept {
  const Node *found = find_string(dict, key);
  return found ? dict_of(*found) : nullptr;
}

bool is_body(const Dict &dict) noexcept { return dict_under(dict, "_parameters") && dict_under(dict, "_modules"); }

// The __dict__ of an nn.Module: its state, or an argument of the function that rebuilds it (torch.fx.GraphModule).
const Dict *module_body(const Node &node, Steps &steps) {
  if (!node.is(WP_KIND_OBJECT)) return nullptr;
  const Dict *body = nullptr;
  each_attribute_dict(node, [&](const Dict &dict) {
    steps.take();
    if (!body && is_body(dict)) body = &dict;
  });
  const Node *args = node.object->extra.args;
  if (body || !args) return body;
  const Items &items = items_of(*args);
  steps.take(items.size);
  for (uint32_t i = 0; i < items.size; ++i) {
    const Dict *dict = items.data[i]->is(WP_KIND_DICT) ? items.data[i]->dict : nullptr;
    if (dict && is_body(*dict)) return dict;
  }
  return nullptr;
}

std::unordered_set<std::string_view, StringHash> names_in(const Node *set, Steps &steps) {
  std::unordered_set<std::string_view, StringHash> names;
  if (!set) return names;
  const Items &items = items_of(*set);
  steps.take(items.size);
  for (uint32_t i = 0; i < items.size; ++i) {
    if (items.data[i]->is(WP_KIND_STRING)) names.insert(items.data[i]->view());
  }
  return names;
}

// Python leaves None out.
template <class Accept>
void take(std::vector<ModuleParts::Part> &out, const Dict *dict, Steps &steps, Accept accept) {
  if (dict) steps.take(dict->size);
  for (uint32_t i = 0; dict && i < dict->size; ++i) {
    const auto &[key, value] = dict->entries[i];
    if (key->is(WP_KIND_STRING) && !value->is(WP_KIND_NONE) && accept(key->view())) out.push_back({key->view(), value});
  }
}

void body_parts(const Dict &body, ModuleParts &parts, Steps &steps) {
  const auto any = [](std::string_view) { return true; };
  const auto non_persistent = names_in(find_string(body, "_non_persistent_buffers_set"), steps);
  take(parts.tensors, dict_under(body, "_parameters"), steps, any);
  take(parts.tensors, dict_under(body, "_buffers"), steps,
       [&](std::string_view name) { return !non_persistent.contains(name); });
  take(parts.children, dict_under(body, "_modules"), steps, any);
}

bool is_script_object(const Node &node) noexcept {
  return node.is(WP_KIND_OBJECT) && !node.object->is_global && node.object->extra.class_name.starts_with("__torch__.");
}

bool is_script_module(const Node &node) noexcept {
  if (!is_script_object(node)) return false;
  const ScriptFacts *facts = node.tree->script_facts();
  return !facts || facts->is_module(node.object->extra.class_name);
}

// Without facts every tensor counts as a parameter.
void script_parts(const Node &node, ModuleParts &parts, Steps &steps) {
  const ScriptFacts *facts = node.tree->script_facts();
  std::string_view class_name = node.object->extra.class_name;
  std::vector<ModuleParts::Part> buffers;
  each_attribute_dict(node, [&](const Dict &slots) {
    steps.take(slots.size);
    for (uint32_t i = 0; i < slots.size; ++i) {
      const auto &[key, value] = slots.entries[i];
      if (!key->is(WP_KIND_STRING)) continue;
      std::string_view name = key->view();
      if (is_script_module(*value)) {
        parts.children.push_back({name, value});
      } else if (value->is(WP_KIND_TENSOR)) {
        if (!facts || facts->is_parameter(class_name, name)) {
          parts.tensors.push_back({name, value});
        } else if (facts->is_buffer(class_name, name)) {
          buffers.push_back({name, value});
        }
      }
    }
  });
  parts.tensors.insert(parts.tensors.end(), buffers.begin(), buffers.end());
}

}  // namespace

bool module_parts(const Node &node, ModuleParts &parts, Steps &steps) {
  steps.take();
  parts.tensors.clear();
  parts.children.clear();
  if (const Dict *body = module_body(node, steps)) {
    body_parts(*body, parts, steps);
    return true;
  }
  if (!is_script_module(node)) return false;
  script_parts(node, parts, steps);
  return true;
}

bool module_has_tensor(const Node &module, std::unordered_set<const Node *> &barren, Steps &steps) {
  struct Frame {
    const Node *node;
    std::vector<ModuleParts::Part> children;
    size_t next = 0;
  };
  std::vector<Frame> path;
  ModuleParts parts;
  auto enter = [&](const Node &node) {
    if (barren.contains(&node) || !module_parts(node, parts, steps)) return false;
    barren.insert(&node);
    path.push_back({&node, std::move(parts.children)});
    return std::any_of(parts.tensors.begin(), parts.tensors.end(), [](const auto &p) { return p.value->is(WP_KIND_TENSOR); });
  };
  bool found = enter(module);
  while (!found && !path.empty()) {
    Frame &top = path.back();
    if (top.next == top.children.size()) {
      path.pop_back();
    } else {
      found = enter(*top.children[top.next++].value);
    }
  }
  for (const Frame &frame : path) barren.erase(frame.node);
  return found;
}

}  // namespace weightport
