// SPDX-License-Identifier: MIT
#include "weightport/torch/autograd.h"

#include <c10/core/GradMode.h>

#include <vector>

#include "exchange/boundary.hpp"
#include "exchange/tensor.hpp"

using namespace weightport;
using namespace weightport::libtorch;

namespace {

// torch.nn.utils.clip_grad_norm_(), in the order in which Python adds up.
double clip(const std::vector<at::Tensor> &grads, double max_norm, double norm_type) {
  if (grads.empty()) return 0;
  std::vector<at::Tensor> norms;
  for (const at::Tensor &grad : grads) norms.push_back(at::linalg_vector_norm(grad, norm_type));
  at::Tensor total = at::linalg_vector_norm(at::stack(norms), norm_type);
  at::Tensor factor = (max_norm / (total + 1e-6)).clamp_max(1.0);
  for (at::Tensor grad : grads) grad.mul_(factor.to(grad.device()));
  return total.item<double>();
}

}  // namespace

extern "C" {

wp_error *wp_tensor_backward(const wp_tensor *tensor) {
  WP_GUARD_BEGIN
  at::Tensor loss = libtorch::to_torch(tensor);
  if (loss.numel() != 1) fail(WP_ERROR_MISMATCH, "backward starts from one element, and the tensor has ", loss.numel());
  if (!loss.requires_grad()) fail(WP_ERROR_MISMATCH, "the tensor has no history: it was not computed from a parameter");
  loss.backward();
  WP_GUARD_END
}

wp_error *wp_tensor_grad(wp_tensor **out, const wp_tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  at::Tensor grad = libtorch::to_torch(tensor).grad();
  if (grad.defined()) *out = libtorch::from_torch(grad).detach();
  WP_GUARD_END
}

wp_error *wp_tensor_detach(wp_tensor **out, const wp_tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = libtorch::from_torch(libtorch::to_torch(tensor).detach()).detach();
  WP_GUARD_END
}

wp_error *wp_tensor_track(wp_tensor **out, const wp_tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  at::Tensor leaf = libtorch::to_torch(tensor).detach();
  if (!leaf.is_floating_point() && !leaf.is_complex()) {
    fail(WP_ERROR_MISMATCH, "a tensor of dtype ", wp_dtype_name(wp_tensor_dtype(tensor)), " has no gradient");
  }
  *out = libtorch::from_torch(leaf.set_requires_grad(true)).detach();
  WP_GUARD_END
}

wp_error *wp_tensor_to_device(wp_tensor **out, const wp_tensor *tensor, const char *device) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && device, "out or device is NULL");
  *out = libtorch::from_torch(libtorch::to_torch(tensor).to(to_device(device))).detach();
  WP_GUARD_END
}

wp_error *wp_clip_grad_norm(double *total_norm, const wp_state_dict *parameters, double max_norm, double norm_type) {
  if (total_norm) *total_norm = 0;
  WP_GUARD_BEGIN
  require(parameters, "parameters is NULL");
  require(max_norm >= 0 && norm_type > 0, "max_norm is negative or norm_type not positive");
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> grads;
  for (size_t i = 0; i < wp_state_dict_size(parameters); i++) {
    at::Tensor grad = libtorch::to_torch(wp_state_dict_tensor_at(parameters, i)).grad();
    if (grad.defined()) grads.push_back(grad);
  }
  double norm = clip(grads, max_norm, norm_type);
  if (total_norm) *total_norm = norm;
  WP_GUARD_END
}

bool wp_set_grad_enabled(bool enabled) {
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled);
  return before;
}

}  // extern "C"
