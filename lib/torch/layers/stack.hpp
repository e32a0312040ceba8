// SPDX-License-Identifier: MIT
// How many layers one layer may stack.
#pragma once

#include "layers/settings.hpp"

namespace weightport::libtorch {

// num_layers. Throws LIMIT for more than 10,000, as a line of JSON could ask for more than a machine has memory for.
inline int64_t stacked_layers(const Settings &settings) {
  constexpr int64_t limit = 10'000;
  int64_t count = settings.integer("num_layers");
  if (count > limit) settings.refuse("num_layers", WP_ERROR_LIMIT, "is more than ", limit);
  return count;
}

}  // namespace weightport::libtorch
