// SPDX-License-Identifier: MIT
#include "weightport/torch/convert.hpp"

#include "exchange/boundary.hpp"
#include "exchange/tensor.hpp"

using namespace weightport::libtorch;

extern "C" {

wp_error *wp_tensor_to_torch(at::Tensor *out, const wp_tensor *tensor) {
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = weightport::libtorch::to_torch(tensor);
  WP_GUARD_END
}

wp_error *wp_tensor_from_torch(wp_tensor **out, const at::Tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && tensor, "out or tensor is NULL");
  *out = weightport::libtorch::from_torch(*tensor).detach();
  WP_GUARD_END
}

}  // extern "C"
