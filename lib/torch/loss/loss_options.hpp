// SPDX-License-Identifier: MIT
// The keyword arguments of torch.nn's loss classes.
#pragma once

#include <string_view>

#include "exchange/tensor.hpp"

namespace weightport::libtorch {

enum class Reduction { kNone, kMean, kSum, kBatchMean };

struct LossOptions {
  Reduction reduction = Reduction::kMean;
  at::Tensor weight;
  at::Tensor pos_weight;
  int64_t ignore_index = -100;
  double label_smoothing = 0;
  double beta = 1;
  double delta = 1;
  bool log_target = false;
};

// `known` names what the class takes, divided by spaces; only some take the reduction "batchmean". Throws MISMATCH and
// UNSUPPORTED with the option as the key.
LossOptions read_loss_options(const wp_value *options, std::string_view known, bool has_batch_mean);

}  // namespace weightport::libtorch
