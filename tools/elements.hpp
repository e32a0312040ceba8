// SPDX-License-Identifier: MIT
// The elements of a tensor as numbers of one of three types, in blocks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "handles.hpp"
#include "weightport/tensor.h"

// Which numbers a tensor's statistics are of.
struct Reading {
  enum Type : uint8_t { kFloat, kSigned, kUnsigned, kComplex, kQuantized };

  std::string missing;          // why there are none
  const wp_tensor *tensor;      // the one that holds the numbers: that of a sparse tensor is its values()
  const char *of = "elements";  // see Statistics
  Type type = kFloat;
  wp_dtype stored = WP_DTYPE_UNDEFINED;  // what the bytes are read as
  double scale = 1, zero_point = 0;      // of a quantized tensor: number = (read - zero_point) * scale

  explicit Reading(const wp_tensor *of_tensor);
};

using Block = std::variant<std::span<double>, std::span<int64_t>, std::span<uint64_t>>;

// One thread's way through a tensor.
class Elements {
 public:
  static constexpr uint64_t kBlock = uint64_t{1} << 16;

  // Copies a tensor that is not contiguous. Throws Failure.
  explicit Elements(const Reading &reading);
  // The numbers from `begin` on, at most kBlock. They may be changed; a complex number is its magnitude, NaN if a part is.
  Block read(uint64_t begin, uint64_t count, std::vector<double> &buffer) const;

 private:
  Reading::Type type_;
  double scale_, zero_point_;
  TensorHandle flat_;
};
