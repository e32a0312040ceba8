// SPDX-License-Identifier: MIT
// What one file may make the library do: see wp_limits in io.h.
#pragma once

#include <cstdint>

#include "weightport/io.h"

namespace weightport {

struct Limits {
  uint32_t max_depth = 1000;
  uint64_t max_tensors = 10'000'000;
  uint64_t max_bytes = 0;   // 0: in proportion to the file, see Budget
  uint64_t used_bytes = 0;  // of these, by other files that belong to this one
  uint64_t max_steps = 1'000'000'000;
  uint64_t max_string = uint64_t{1} << 32;
  uint64_t max_inflate_ratio = 1032;

  static Limits from(const wp_limits *limits);
};

// Counts the memory that one file, or several that belong together, have made the library allocate.
class Budget {
 public:
  Budget(const Limits &limits, uint64_t file_size);
  void charge(uint64_t bytes);  // throws LIMIT
  // What was charged is free again.
  void refund(uint64_t bytes) noexcept { used_ -= bytes < used_ ? bytes : used_; }
  // Another file: changes nothing where the caller set a limit.
  void extend(uint64_t file_size) noexcept;
  uint64_t used() const noexcept { return used_; }
  uint64_t max() const noexcept { return max_; }

 private:
  bool in_proportion_;
  uint64_t max_;
  uint64_t used_;
};

}  // namespace weightport
