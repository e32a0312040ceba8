// SPDX-License-Identifier: MIT
// What module.state_dict() would give, from the values that a module or its state_dict was saved as.
#pragma once

#include <string_view>

#include "base/limits.hpp"
#include "base/ref.hpp"
#include "value/node.hpp"
#include "value/state_dict.hpp"

namespace weightport {

// Of a dict of tensors, a pickled torch.nn.Module or a TorchScript module. Throws MISMATCH, LIMIT.
Ref<StateDict> state_dict_from_value(const Node &value, const Limits &limits);

// Entries that Module.get_extra_state() made need not be tensors, and are no part of a state_dict then.
inline bool is_extra_state(std::string_view key) noexcept { return key.ends_with("_extra_state"); }

}  // namespace weightport
