// SPDX-License-Identifier: MIT
// Loss functions of torch.nn.functional.
#pragma once

#include <string>

#include "base/ref.hpp"
#include "loss/loss_options.hpp"

namespace weightport::libtorch {

class Loss final : public RefCounted {
 public:
  using Function = at::Tensor (*)(const LossOptions &options, const at::Tensor &input, const at::Tensor &target);

  Loss(Function function, LossOptions options) : function_(function), options_(std::move(options)) {}
  at::Tensor compute(const at::Tensor &input, const at::Tensor &target) const { return function_(options_, input, target); }

 private:
  Function function_;
  LossOptions options_;
};

// A loss by the name of its function or class; `options` may be null. Throws NOT_FOUND, MISMATCH, UNSUPPORTED.
Ref<Loss> create_loss(const std::string &name, const wp_value *options);

}  // namespace weightport::libtorch
