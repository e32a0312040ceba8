// SPDX-License-Identifier: MIT
// A tree as the formats that hold nothing but named tensors need it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/ref.hpp"
#include "value/node.hpp"
#include "value/state_dict.hpp"

namespace weightport {

struct NamedTensor {
  std::string_view name;
  Tensor *tensor;
};

// In the order of the tree, which must stay meanwhile.
struct FlatStateDict {
  std::vector<NamedTensor> tensors;
  Ref<StateDict> names;  // where they are made of the modules' names, what holds them
};

// Of a dict of tensors, a pickled torch.nn.Module or a TorchScript module. Throws UNSUPPORTED, naming the first thing that
// would be lost, and LIMIT.
FlatStateDict flat_state_dict(const Node &root, const Limits &limits);

// For each tensor the one that stands in for it in a format without shared storages: of tensors that are the same view of the
// same storage (tied weights) the first by name, as safetensors.torch.save_model does; all others stand for themselves.
std::vector<size_t> tied_weights(const std::vector<NamedTensor> &tensors);

}  // namespace weightport
