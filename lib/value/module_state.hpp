// SPDX-License-Identifier: MIT
// What module.state_dict() would give, from the values that a module or its state_dict was saved as.
#pragma once

#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/limits.hpp"
#include "base/ref.hpp"
#include "base/steps.hpp"
#include "value/node.hpp"
#include "value/state_dict.hpp"

namespace weightport {

// Of a dict of tensors, a pickled torch.nn.Module or a TorchScript module. Throws MISMATCH, LIMIT.
Ref<StateDict> state_dict_from_value(const Node &value, const Limits &limits);

// Entries that Module.get_extra_state() made need not be tensors, and are no part of a state_dict then.
inline bool is_extra_state(std::string_view key) noexcept { return key.ends_with("_extra_state"); }

// One module without those below it.
struct ModuleParts {
  struct Part {
    std::string_view name;
    const Node *value;
  };
  std::vector<Part> tensors;   // parameters, then persistent buffers
  std::vector<Part> children;  // modules
};

// False if the node is no module.
bool module_parts(const Node &node, ModuleParts &parts, Steps &steps);

// Whether a module holds a tensor. `barren` collects modules that do not, so that asking for many modules of one tree
// takes a time in proportion to the tree.
bool module_has_tensor(const Node &module, std::unordered_set<const Node *> &barren, Steps &steps);

}  // namespace weightport
