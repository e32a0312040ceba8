// SPDX-License-Identifier: MIT
// The name that each tensor of a walk has in the state_dict that holds it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "handles.hpp"
#include "tree_walk.hpp"

class Names {
 public:
  explicit Names(const wp_checkpoint *checkpoint);

  // Told of every step of the walk.
  void enter(const Place &place, const wp_value *value);
  void leave(const Place &place);

  // The name of the tensor that was entered last; false if it is in no state_dict.
  bool current(const wp_tensor *tensor, std::string_view &name) const;

 private:
  std::unordered_map<const wp_value *, StateDictHandle> state_dicts_;
  const wp_state_dict *inside_ = nullptr;
  size_t inside_depth_ = 0;
  std::optional<size_t> compiled_depth_;  // of the last module that torch.compile() made
  std::string name_;
  std::vector<size_t> sizes_;  // of name_, before each step below the state_dict
};
