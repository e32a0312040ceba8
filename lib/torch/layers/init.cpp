// SPDX-License-Identifier: MIT
// After torch/nn/init.py.
#include "layers/init.hpp"

#include <cmath>

namespace weightport::libtorch {
namespace {

struct Fans {
  int64_t in, out;
};

Fans fans_of(const at::Tensor &weight) {
  int64_t receptive = 1;
  for (int64_t i = 2; i < weight.dim(); i++) receptive *= weight.size(i);
  return {weight.size(1) * receptive, weight.size(0) * receptive};
}

double xavier_std(const at::Tensor &weight) {
  auto [in, out] = fans_of(weight);
  return std::sqrt(2.0 / static_cast<double>(in + out));
}

}  // namespace

void init_uniform_of(int64_t fan, const at::Tensor &tensor) {
  double bound = fan > 0 ? 1 / std::sqrt(static_cast<double>(fan)) : 0;
  tensor.uniform_(-bound, bound);
}

void init_kaiming_uniform(const at::Tensor &weight) {
  if (!weight.numel()) return;
  double a = std::sqrt(5.0);
  double std = std::sqrt(2.0 / (1 + a * a)) / std::sqrt(static_cast<double>(fans_of(weight).in));
  double bound = std::sqrt(3.0) * std;
  weight.uniform_(-bound, bound);
}

void init_xavier_uniform(const at::Tensor &weight) {
  double bound = std::sqrt(3.0) * xavier_std(weight);
  weight.uniform_(-bound, bound);
}

void init_xavier_normal(const at::Tensor &weight) { weight.normal_(0, xavier_std(weight)); }

void init_weight_and_bias(const at::Tensor &weight, const at::Tensor &bias) {
  init_kaiming_uniform(weight);
  if (bias.defined()) init_uniform_of(fans_of(weight).in, bias);
}

}  // namespace weightport::libtorch
