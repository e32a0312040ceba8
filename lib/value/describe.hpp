// SPDX-License-Identifier: MIT
// Values in a few words, for messages.
#pragma once

#include <string>

#include "value/node.hpp"

namespace weightport {

std::string describe(double number);         // as short as it can be read back from
std::string describe(const Tensor &tensor);  // "float32 [2, 3]"
std::string describe(const Node &node);      // a scalar's value, a container's kind and size; one line

}  // namespace weightport
