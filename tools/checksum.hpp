// SPDX-License-Identifier: MIT
// CRC-32 of tensors' elements.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "weightport/tensor.h"

class Checksums {
 public:
  // Of the contiguous, little-endian elements in the tensor's own dtype; none for a tensor without bytes of its own. Reads a
  // tensor once, however often it is asked. Throws Failure.
  std::optional<uint32_t> of(const wp_tensor *tensor);

 private:
  std::unordered_map<const wp_tensor *, uint32_t> known_;
};
