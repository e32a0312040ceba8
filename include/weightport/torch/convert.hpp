/* SPDX-License-Identifier: MIT */
/**
 * @file convert.hpp
 * @brief For C++ programs that use libtorch themselves: at::Tensor and wp_tensor over the same memory.
 *
 *     at::Tensor weight = weightport::to_torch(ckpt.state_dict().at("fc.weight"));
 *     weightport::Tensor again = weightport::from_torch(weight.t());
 */
#ifndef WEIGHTPORT_TORCH_CONVERT_HPP
#define WEIGHTPORT_TORCH_CONVERT_HPP

#include <ATen/ATen.h>

#include "../../weightport.hpp"

/** @brief What to_torch() calls: sets `*out`. Errors: as to_torch(). Since 0.1. */
extern "C" WP_API wp_error *wp_tensor_to_torch(at::Tensor *out, const wp_tensor *tensor);
/** @brief What from_torch() calls. @param out new reference. Errors: as from_torch(). Since 0.1. */
extern "C" WP_API wp_error *wp_tensor_from_torch(wp_tensor **out, const at::Tensor *tensor);

namespace weightport {

/** @brief An at::Tensor over a tensor's memory, which it keeps alive. Of a mapped file, pages are copied when they are first
 *  written; memory that is read-only or not aligned for its dtype is copied at once. Throws UNSUPPORTED for a dtype that this
 *  libtorch lacks, and what reading a tensor can fail with. Since 0.1. */
inline at::Tensor to_torch(const Tensor &tensor) {
  at::Tensor made;
  check(wp_tensor_to_torch(&made, tensor.get()));
  return made;
}

/** @brief A tensor over an at::Tensor's memory, which it keeps alive, with its history; on another device than the CPU, its
 * bytes are fetched when they are first asked for. Throws UNSUPPORTED for a sparse, quantized or meta tensor. Since 0.1. */
inline Tensor from_torch(const at::Tensor &tensor) {
  wp_tensor *made;
  check(wp_tensor_from_torch(&made, &tensor));
  return Tensor(made);
}

}  // namespace weightport

#endif
