// SPDX-License-Identifier: MIT
// How large tensors are, alone and together.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tuple>

#include "weightport/tensor.h"

std::string dtype_and_shape(const wp_tensor *tensor);  // float32 [2, 3]
// Those of the elements; of a sparse tensor, those of its parts.
uint64_t bytes_of(const wp_tensor *tensor);

// Storages and elements that several tensors share count once.
class Totals {
 public:
  void add(const wp_tensor *tensor);

  uint64_t tensors() const { return tensors_; }
  uint64_t parameters() const { return parameters_; }
  uint64_t bytes() const { return bytes_; }
  size_t storages() const { return storages_.size(); }
  std::string text() const;

 private:
  uint64_t tensors_ = 0;
  uint64_t parameters_ = 0;
  uint64_t bytes_ = 0;
  std::set<uint64_t> storages_;
  std::set<std::tuple<uint64_t, int64_t, int64_t>> views_;
};
