// SPDX-License-Identifier: MIT
// Counts the work that one walk of a tree does, since nodes that are shared can make a short file a long walk.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace weightport {

class Steps {
 public:
  explicit Steps(const Limits &limits) : max_(limits.max_steps), left_(limits.max_steps) {}

  void take(uint64_t count = 1) {
    if (count > left_) fail(WP_ERROR_LIMIT, "the values take more than ", max_, " steps to walk (wp_limits.max_steps)");
    left_ -= count;
  }

 private:
  uint64_t max_;
  uint64_t left_;
};

}  // namespace weightport
