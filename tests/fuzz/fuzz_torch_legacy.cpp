// SPDX-License-Identifier: MIT
// Torch's legacy stream.
#include "format/torch_legacy.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::read_both_ways(fuzz::bytes_of(data, size), weightport::read_torch_legacy);
  return 0;
}
