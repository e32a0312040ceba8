// SPDX-License-Identifier: MIT
// Where a walk of a tree has been. Paths are put together only when someone asks, since few are wanted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "value/node.hpp"

namespace weightport {

// A step down from a place: to an item, or to the value of a dict's key.
struct Step {
  uint32_t parent;
  uint32_t index;
  const Node *key;  // null: an item
};

class Places {
 public:
  static constexpr uint32_t kRoot = 0;
  // Indexes of what is no item.
  static constexpr uint32_t kArgs = UINT32_MAX;  // the constructor's arguments
  static constexpr uint32_t kAttributes = kArgs - 1;

  Places() : steps_{{}} {}

  // Throws LIMIT.
  uint32_t add(const Step &step);
  // As wp_value_at() spells it, where it can be spelled.
  std::string path(uint32_t place) const;

 private:
  std::vector<Step> steps_;
};

}  // namespace weightport
