// SPDX-License-Identifier: MIT
// Counts the elements of a checkpoint's model.
#include <iostream>
#include <weightport.hpp>

int main(int, char **argv) {
  int64_t elements = 0;
  for (const auto &entry : weightport::Checkpoint::open(argv[1]).state_dict("model_state_dict"))
    elements += entry.tensor.numel();
  std::cout << elements << " elements\n";
}
