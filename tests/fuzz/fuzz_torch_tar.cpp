// SPDX-License-Identifier: MIT
// Torch's tar.
#include "format/torch_tar.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::read_both_ways(fuzz::bytes_of(data, size), weightport::read_torch_tar);
  return 0;
}
