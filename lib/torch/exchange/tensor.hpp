// SPDX-License-Identifier: MIT
// wp_tensor and at::Tensor over the same memory.
#pragma once

#include <unordered_map>

#include "exchange/libtorch.hpp"
#include "weightport.hpp"

namespace weightport::libtorch {

// A dtype under its number in c10::ScalarType. Throws UNSUPPORTED for one that this libtorch is too old for.
at::ScalarType to_scalar_type(wp_dtype dtype);

// "cuda:0" and the like. Throws INVALID_ARGUMENT.
at::Device to_device(const char *name);

// Makes at::Tensors of wp_tensors. Those that share a storage share it still, among all that one object made.
//
// What libtorch made comes back as itself, with its history. Everything else is on the CPU, over the same bytes, also where
// these are a mapped file, whose pages are then copied when something writes to them; only memory that nobody may write, or
// that is not aligned for its dtype, is copied here. Throws UNSUPPORTED, and what reading a tensor can fail with.
class TensorImporter {
 public:
  at::Tensor operator()(const wp_tensor *tensor);

 private:
  at::Tensor convert(const wp_tensor *tensor);
  at::Tensor strided(const wp_tensor *tensor);
  at::Tensor part(const wp_tensor *tensor, wp_tensor_part part);
  at::Tensor sparse(const wp_tensor *tensor);
  at::Tensor quantized(const wp_tensor *tensor, const at::Tensor &bytes);

  std::unordered_map<uint64_t, c10::Storage> storages_;  // by wp_tensor_storage_id()
};

inline at::Tensor to_torch(const wp_tensor *tensor) { return TensorImporter()(tensor); }

// Makes wp_tensors of at::Tensors, which they keep alive and give back to to_torch(). Those that share a storage share it
// still, among all that one object made. Throws UNSUPPORTED for sparse and quantized tensors.
class TensorExporter {
 public:
  Tensor operator()(const at::Tensor &tensor);

 private:
  std::unordered_map<const c10::StorageImpl *, Tensor> first_;  // of each storage, which it keeps alive
};

inline Tensor from_torch(const at::Tensor &tensor) { return TensorExporter()(tensor); }

}  // namespace weightport::libtorch
