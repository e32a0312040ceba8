// SPDX-License-Identifier: MIT
// A torch zip or TorchScript archive, as it is.
#include "format/torch_zip.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::read_both_ways(fuzz::bytes_of(data, size), weightport::read_torch_zip);
  return 0;
}
