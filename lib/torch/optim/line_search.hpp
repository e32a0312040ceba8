// SPDX-License-Identifier: MIT
// LBFGS with the line search of Python's optimizer.
#pragma once

#include <torch/optim/lbfgs.h>

#include <vector>

namespace weightport::libtorch {

// libtorch's own LBFGS, but for strong_wolfe. There, libtorch computes in float64 what Python computes in the dtype of the
// parameters, and ends a search of a tiny bracket one evaluation later; the two drift apart within a few steps.
class LineSearchLbfgs final : public torch::optim::LBFGS {
 public:
  using LBFGS::LBFGS;
  at::Tensor step(LossClosure closure) override;

 private:
  struct Point;
  class Search;

  std::vector<at::Tensor> &params() { return param_groups_.front().params(); }

  at::Tensor gradient();
  void move(double length, const at::Tensor &direction);
};

}  // namespace weightport::libtorch
