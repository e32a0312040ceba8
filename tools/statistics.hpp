// SPDX-License-Identifier: MIT
// Numbers that describe the elements of a tensor.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "weightport/tensor.h"

struct Statistics {
  static constexpr size_t kBins = 32;

  std::string missing;          // why there are none; "" if there are
  const char *of = "elements";  // or "magnitudes" of complex numbers, "values" of a sparse tensor, "dequantized"
  uint64_t count = 0;
  uint64_t nan = 0;
  uint64_t positive_inf = 0;
  uint64_t negative_inf = 0;
  uint64_t zeros = 0;
  // The rest is of the finite numbers. Without one, min and max are "", and mean, low and high are NaN.
  std::string min, max;  // integers in full, others as float_text()
  double mean = 0;
  double std = 0;  // with n - 1 below, as torch.std(); NaN of fewer than two
  // How many lie in each of equal parts of low to high. Those are min and max, or half of 1 around a single number.
  double low = 0, high = 0;
  std::array<uint64_t, kBins> bins{};

  uint64_t finite() const { return count - nan - positive_inf - negative_inf; }
};

// Computes them for many tensors at once, each view of a storage once. The result does not depend on the number of threads.
class StatisticsTable {
 public:
  // Where the tensor stands in the table. It must live until compute().
  size_t add(const wp_tensor *tensor);
  // Shows progress under the label; ends with a Failure on an interrupt, or where a tensor cannot be read.
  void compute(const std::string &label);

  size_t size() const { return tensors_.size(); }
  const Statistics &operator[](size_t index) const { return results_[index]; }

 private:
  using View = std::tuple<uint64_t, int64_t, wp_dtype, std::vector<int64_t>, bool, bool, double, int64_t>;

  std::vector<const wp_tensor *> tensors_;
  std::vector<Statistics> results_;
  std::map<const wp_tensor *, size_t> known_;
  std::map<View, size_t> views_;
};
