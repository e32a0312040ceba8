// SPDX-License-Identifier: MIT
// Where libtorch keeps the state of a parameter. The one difference between its versions that matters here: 1.13 has the
// address of the parameter as text for the key, later ones have the address.
#pragma once

#include <torch/optim/optimizer.h>

#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace weightport::libtorch {

using StateMap = std::remove_reference_t<decltype(std::declval<torch::optim::Optimizer &>().state())>;

template <class Key = StateMap::key_type>
Key state_key(const at::Tensor &parameter) {
  auto *address = parameter.unsafeGetTensorImpl();
  if constexpr (std::is_same_v<Key, std::string>) {
    std::ostringstream text;
    text << address;
    return text.str();
  } else {
    return address;
  }
}

// Null where libtorch has none.
inline const torch::optim::OptimizerParamState *find_state(const StateMap &states, const at::Tensor &parameter) {
  auto found = states.find(state_key(parameter));
  return found == states.end() ? nullptr : found->second.get();
}

}  // namespace weightport::libtorch
