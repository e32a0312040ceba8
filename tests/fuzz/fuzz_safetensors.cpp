// SPDX-License-Identifier: MIT
// A safetensors file.
#include "format/safetensors.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::read_both_ways(fuzz::bytes_of(data, size), weightport::read_safetensors);
  return 0;
}
