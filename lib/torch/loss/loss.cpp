// SPDX-License-Identifier: MIT
#include "loss/loss.hpp"

#include <ATen/core/Reduction.h>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

int64_t reduction_of(const LossOptions &options) {
  switch (options.reduction) {
    case Reduction::kNone:
      return at::Reduction::None;
    case Reduction::kMean:
      return at::Reduction::Mean;
    default:
      return at::Reduction::Sum;
  }
}

// What torch.nn.functional does before it subtracts.
using Elementwise = at::Tensor (*)(const LossOptions &options, const at::Tensor &input, const at::Tensor &target);
template <Elementwise function>
at::Tensor broadcast(const LossOptions &options, const at::Tensor &input, const at::Tensor &target) {
  auto expanded = at::broadcast_tensors({input, target});
  return function(options, expanded[0], expanded[1]);
}

at::Tensor cross_entropy(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  return at::cross_entropy_loss(input, target, o.weight, reduction_of(o), o.ignore_index, o.label_smoothing);
}

at::Tensor nll(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  return at::nll_loss_nd(input, target, o.weight, reduction_of(o), o.ignore_index);
}

at::Tensor mse(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  return at::mse_loss(input, target, reduction_of(o));
}

at::Tensor l1(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  return at::l1_loss(input, target, reduction_of(o));
}

at::Tensor smooth_l1(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  return at::smooth_l1_loss(input, target, reduction_of(o), o.beta);
}

at::Tensor huber(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  return at::huber_loss(input, target, reduction_of(o), o.delta);
}

// libtorch would broadcast, or read past the end; Python refuses.
void require_same_size(const at::Tensor &input, const at::Tensor &target) {
  TORCH_CHECK(input.sizes() == target.sizes(), "the target has shape ", target.sizes(), ", the input ", input.sizes());
}

at::Tensor binary_cross_entropy(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  require_same_size(input, target);
  at::Tensor weight = o.weight.defined() ? o.weight.expand_as(target) : o.weight;
  return at::binary_cross_entropy(input, target, weight, reduction_of(o));
}

at::Tensor binary_cross_entropy_with_logits(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  require_same_size(input, target);
  return at::binary_cross_entropy_with_logits(input, target, o.weight, o.pos_weight, reduction_of(o));
}

at::Tensor kl_div(const LossOptions &o, const at::Tensor &input, const at::Tensor &target) {
  at::Tensor reduced = at::kl_div(input, target, reduction_of(o), o.log_target);
  return o.reduction == Reduction::kBatchMean && input.dim() ? reduced / input.size(0) : reduced;
}

struct Definition {
  const char *name;
  const char *class_name;
  Loss::Function function;
  const char *options;
};

constexpr Definition kLosses[] = {
    {"cross_entropy", "CrossEntropyLoss", cross_entropy, "weight ignore_index label_smoothing"},
    {"nll_loss", "NLLLoss", nll, "weight ignore_index"},
    {"mse_loss", "MSELoss", broadcast<mse>, ""},
    {"l1_loss", "L1Loss", broadcast<l1>, ""},
    {"smooth_l1_loss", "SmoothL1Loss", broadcast<smooth_l1>, "beta"},
    {"huber_loss", "HuberLoss", broadcast<huber>, "delta"},
    {"binary_cross_entropy", "BCELoss", binary_cross_entropy, "weight"},
    {"binary_cross_entropy_with_logits", "BCEWithLogitsLoss", binary_cross_entropy_with_logits, "weight pos_weight"},
    {"kl_div", "KLDivLoss", kl_div, "log_target"},
};

}  // namespace

Ref<Loss> create_loss(const std::string &name, const wp_value *options) {
  for (const Definition &loss : kLosses) {
    if (name != loss.name && name != loss.class_name) continue;
    return make_ref<Loss>(loss.function, read_loss_options(options, loss.options, loss.function == kl_div));
  }
  std::string names;
  for (const Definition &loss : kLosses) append(names, concat(names.empty() ? "" : ", ", loss.name));
  fail_at(printable(name), WP_ERROR_NOT_FOUND, "there is no such loss; there are ", names);
}

}  // namespace weightport::libtorch
