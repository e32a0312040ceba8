// SPDX-License-Identifier: MIT
// Compares the contents of two tensors, in memory that does not grow with them.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "base/operation.hpp"
#include "base/steps.hpp"
#include "checkpoint/tolerance.hpp"
#include "tensor/tensor.hpp"

namespace weightport {

struct TensorDifference {
  std::string message;  // empty if they are equal
  double largest;       // absolute difference; NaN where it has no meaning
};

// One for all tensors of two checkpoints, so that views of the same bytes cannot make it work without end.
class TensorDiff {
 public:
  TensorDiff(const Tolerance &tolerance, Steps &steps, Operation &operation)
      : tolerance_(tolerance), steps_(steps), operation_(operation) {}

  // By dtype, shape, layout, quantizer and elements; not by device, strides or requires_grad. Throws what reading throws,
  // LIMIT, CANCELLED, CALLBACK.
  TensorDifference compare(const Tensor &a, const Tensor &b);

 private:
  TensorDifference compare_parts(const Tensor &a, const Tensor &b);
  TensorDifference compare_elements(const Tensor &a, const Tensor &b);
  void charge(const Tensor &a, const Tensor &b, uint64_t numel);

  Tolerance tolerance_;
  Steps &steps_;
  Operation &operation_;
  std::unordered_set<const Storage *> storages_;
  uint64_t credit_ = 0;
};

}  // namespace weightport
