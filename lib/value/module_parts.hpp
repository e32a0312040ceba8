// SPDX-License-Identifier: MIT
// Modules as they were pickled: their tensors, and the modules right below them.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/steps.hpp"
#include "value/node.hpp"

namespace weightport {

struct ModulePart {
  std::string_view name;
  const Node *value;
};

// Where a module keeps its parts. Nothing is copied, since a file may have many modules share one dict.
struct Module {
  const Node *node = nullptr;
  const Dict *body = nullptr;      // the __dict__ of an nn.Module; null for a ScriptModule
  const Dict *children = nullptr;  // with modules among its values; null for none
  const Node *compiled = nullptr;  // the only one below a module that torch.compile() made
};

// Reads the modules of one tree, which must not change meanwhile. Each throws LIMIT.
class ModuleReader {
 public:
  explicit ModuleReader(Steps &steps) : steps_(steps) {}

  // False if the node is no module.
  bool read(const Node &node, Module &out);
  // Parameters, then persistent buffers.
  std::vector<ModulePart> tensors(const Module &module);
  // The next module below, from entry `next` on. False if there are no more.
  bool next_child(const Module &module, uint32_t &next, ModulePart &out);
  // Whether a module holds a tensor, or one below it does. Asking for many modules takes a time in proportion to the tree.
  bool has_tensor(const Node &module);

 private:
  void add_slots(const Module &module, std::vector<ModulePart> &parts);
  bool holds(const Node *set, std::string_view name);

  Steps &steps_;
  std::unordered_set<const void *> barren_;  // modules, and dicts of modules, without a tensor
};

}  // namespace weightport
