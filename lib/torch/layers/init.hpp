// SPDX-License-Identifier: MIT
// Fresh weights as torch.nn.init draws them: the same numbers after the same seed.
#pragma once

#include "exchange/libtorch.hpp"

namespace weightport::libtorch {

// In [-1 / sqrt(fan), 1 / sqrt(fan)]; for a fan of 0, zeros.
void init_uniform_of(int64_t fan, const at::Tensor &tensor);
void init_kaiming_uniform(const at::Tensor &weight);
void init_xavier_uniform(const at::Tensor &weight);
void init_xavier_normal(const at::Tensor &weight);
// A weight and a bias that may be undefined, as Linear and the convolutions draw them.
void init_weight_and_bias(const at::Tensor &weight, const at::Tensor &bias);

}  // namespace weightport::libtorch
