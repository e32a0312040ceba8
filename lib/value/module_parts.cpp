// SPDX-License-Identifier: MIT
// After torch/nn/modules/module.py (Module.state_dict) and torch/csrc/jit/api/module.h (the slots of a ScriptModule).
#include "value/module_parts.hpp"

#include <algorithm>

#include "value/key.hpp"
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

// What torch.compile() makes of a module is pickled as a call with the module itself.
const Node *compiled_module(const Node &node) noexcept {
  if (!node.is(WP_KIND_OBJECT) || node.object->is_global || !node.object->extra.args) return nullptr;
  if (node.object->extra.class_name != "torch._dynamo.eval_frame.OptimizedModule") return nullptr;
  const Items &args = items_of(*node.object->extra.args);
  return args.size ? args.data[0] : nullptr;
}

bool is_script_object(const Node &node) noexcept {
  return node.is(WP_KIND_OBJECT) && !node.object->is_global && node.object->extra.class_name.starts_with("__torch__.");
}

bool is_script_module(const Node &node) noexcept {
  if (!is_script_object(node)) return false;
  const ScriptFacts *facts = node.tree->script_facts();
  return !facts || facts->is_module(node.object->extra.class_name);
}

// Python leaves None out.
bool is_part(const DictEntry &entry) noexcept { return entry.key->is(WP_KIND_STRING) && !entry.value->is(WP_KIND_NONE); }

}  // namespace

bool ModuleReader::read(const Node &node, Module &out) {
  steps_.take();
  out = {&node, module_body(node, steps_), nullptr, nullptr};
  if (out.body) {
    out.children = dict_under(*out.body, "_modules");
    return true;
  }
  out.compiled = compiled_module(node);
  if (out.compiled) return true;
  if (!is_script_module(node)) return false;
  const Node *slots = node.object->extra.attributes;
  if (slots && slots->is(WP_KIND_DICT)) out.children = slots->dict;
  return true;
}

std::vector<ModulePart> ModuleReader::tensors(const Module &module) {
  std::vector<ModulePart> parts;
  if (!module.body) {
    add_slots(module, parts);
    return parts;
  }
  const Dict *parameters = dict_under(*module.body, "_parameters"), *buffers = dict_under(*module.body, "_buffers");
  steps_.take(parameters->size);
  for (uint32_t i = 0; i < parameters->size; ++i) {
    if (is_part(parameters->entries[i])) parts.push_back({parameters->entries[i].key->view(), parameters->entries[i].value});
  }
  if (!buffers) return parts;
  const Node *non_persistent = find_string(*module.body, "_non_persistent_buffers_set");
  steps_.take(buffers->size);
  for (uint32_t i = 0; i < buffers->size; ++i) {
    const auto &[key, value] = buffers->entries[i];
    if (is_part(buffers->entries[i]) && !holds(non_persistent, key->view())) parts.push_back({key->view(), value});
  }
  return parts;
}

// Without facts every tensor counts as a parameter.
void ModuleReader::add_slots(const Module &module, std::vector<ModulePart> &parts) {
  const Dict *slots = module.children;
  if (!slots) return;
  const ScriptFacts *facts = module.node->tree->script_facts();
  std::string_view class_name = module.node->object->extra.class_name;
  std::vector<ModulePart> buffers;
  steps_.take(slots->size);
  for (uint32_t i = 0; i < slots->size; ++i) {
    const auto &[key, value] = slots->entries[i];
    if (!key->is(WP_KIND_STRING) || !value->is(WP_KIND_TENSOR)) continue;
    if (!facts || facts->is_parameter(class_name, key->view())) {
      parts.push_back({key->view(), value});
    } else if (facts->is_buffer(class_name, key->view())) {
      buffers.push_back({key->view(), value});
    }
  }
  parts.insert(parts.end(), buffers.begin(), buffers.end());
}

// The set is searched for each buffer, since many modules may share a large one, and have few buffers.
bool ModuleReader::holds(const Node *set, std::string_view name) {
  if (!set) return false;
  const Items &items = items_of(*set);
  steps_.take(items.size);
  for (uint32_t i = 0; i < items.size; ++i) {
    const Node &item = *items.data[i];
    if (!item.is(WP_KIND_STRING) || item.text.size != name.size()) continue;
    steps_.take(name.size() / 64);
    if (item.view() == name) return true;
  }
  return false;
}

bool ModuleReader::next_child(const Module &module, uint32_t &next, ModulePart &out) {
  if (module.compiled && next == 0) {
    ++next;
    out = {"_orig_mod", module.compiled};
    return true;
  }
  while (module.children && next < module.children->size) {
    steps_.take();
    const DictEntry &entry = module.children->entries[next++];
    if (!is_part(entry) || (!module.body && !is_script_module(*entry.value))) continue;
    out = {entry.key->view(), entry.value};
    return true;
  }
  return false;
}

bool ModuleReader::has_tensor(const Node &module) {
  struct Frame {
    Module module;
    uint32_t next = 0;
  };
  std::vector<Frame> path;
  auto enter = [&](const Node &node) {
    Module entered;
    if (barren_.contains(&node) || !read(node, entered)) return false;
    std::vector<ModulePart> parts = tensors(entered);
    barren_.insert(&node);
    if (entered.children && !barren_.insert(entered.children).second) entered.children = nullptr;
    path.push_back({entered});
    return std::any_of(parts.begin(), parts.end(), [](const auto &part) { return part.value->is(WP_KIND_TENSOR); });
  };
  bool found = enter(module);
  while (!found && !path.empty()) {
    ModulePart child;
    if (next_child(path.back().module, path.back().next, child)) {
      found = enter(*child.value);
    } else {
      path.pop_back();
    }
  }
  for (const Frame &frame : path) {
    barren_.erase(frame.module.node);
    barren_.erase(frame.module.children);
  }
  return found;
}

}  // namespace weightport
