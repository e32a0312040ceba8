// SPDX-License-Identifier: MIT
#include "weightport/torch/autograd.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <string>
#include <vector>

#include "exchange/boundary.hpp"
#include "exchange/read_value.hpp"
#include "exchange/tensor.hpp"

using namespace weightport;
using namespace weightport::libtorch;

namespace {

// torch.nn.utils.clip_grad_norm_(), in the order in which Python adds up.
double clip(const std::vector<at::Tensor> &grads, double max_norm, double norm_type) {
  if (grads.empty()) return 0;
  std::vector<at::Tensor> norms;
  for (const at::Tensor &grad : grads) {
    norms.push_back(at::linalg_vector_norm(grad.is_sparse() ? grad.coalesce().values() : grad, norm_type));
  }
  at::Tensor total = at::linalg_vector_norm(at::stack(norms), norm_type);
  at::Tensor factor = (max_norm / (total + 1e-6)).clamp_max(1.0);
  for (at::Tensor grad : grads) grad.mul_(factor.to(grad.device()));
  return total.item<double>();
}

constexpr const char *kNoHistory = "the tensor has no history: it was not computed from a parameter";

// A sequence of tensors, or one; undefined for None.
std::vector<at::Tensor> read_tensors(const wp_value *value) {
  auto read = [](const wp_value *item, size_t index) {
    wp_kind kind = wp_value_kind(item);
    if (kind == WP_KIND_NONE) return at::Tensor();
    if (kind != WP_KIND_TENSOR)
      fail_at(std::to_string(index), WP_ERROR_MISMATCH, "a ", wp_kind_name(kind), " where a tensor is expected");
    return libtorch::to_torch(wp_value_tensor(item));
  };
  if (!is_sequence(Value::retain(value))) return {read(value, 0)};
  std::vector<at::Tensor> tensors;
  for (size_t i = 0; i < wp_value_size(value); i++) tensors.push_back(read(wp_value_item(value, i), i));
  return tensors;
}

}  // namespace

extern "C" {

wp_error *wp_tensor_backward(const wp_tensor *tensor) {
  WP_GUARD_BEGIN
  at::Tensor loss = libtorch::to_torch(tensor);
  if (loss.numel() != 1) fail(WP_ERROR_MISMATCH, "backward starts from one element, and the tensor has ", loss.numel());
  if (!loss.requires_grad()) fail(WP_ERROR_MISMATCH, kNoHistory);
  loss.backward();
  WP_GUARD_END
}

wp_error *wp_autograd_backward(const wp_value *tensors, const wp_value *gradients, bool retain_graph) {
  WP_GUARD_BEGIN
  require(tensors, "tensors is NULL");
  std::vector<at::Tensor> from = read_tensors(tensors);
  bool none = wp_value_kind(gradients) == WP_KIND_NONE;  // also of NULL
  std::vector<at::Tensor> grads = none ? std::vector<at::Tensor>(from.size()) : read_tensors(gradients);
  if (from.empty()) fail(WP_ERROR_MISMATCH, "there is no tensor to start from");
  if (grads.size() != from.size()) fail(WP_ERROR_MISMATCH, grads.size(), " gradients for ", from.size(), " tensors");
  for (size_t i = 0; i < from.size(); i++) {
    std::string index = std::to_string(i);
    if (!from[i].defined()) fail_at(index, WP_ERROR_MISMATCH, "None where a tensor is expected");
    if (!from[i].requires_grad()) fail_at(index, WP_ERROR_MISMATCH, kNoHistory);
    if (!grads[i].defined() && from[i].numel() != 1) {
      fail_at(index, WP_ERROR_MISMATCH, "a tensor of ", from[i].numel(), " elements needs a gradient to start from");
    }
  }
  torch::autograd::backward(from, grads, retain_graph);
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

wp_error *wp_tensor_to_dtype(wp_tensor **out, const wp_tensor *tensor, wp_dtype dtype) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(wp_dtype_itemsize(dtype), "no dtype has this number");
  *out = libtorch::from_torch(libtorch::to_torch(tensor).to(to_scalar_type(dtype))).detach();
  WP_GUARD_END
}

wp_error *wp_tensor_reshape(wp_tensor **out, const wp_tensor *tensor, const int64_t *shape, size_t ndim) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(shape || !ndim, "shape is NULL");
  *out = libtorch::from_torch(libtorch::to_torch(tensor).reshape({shape, ndim})).detach();
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
