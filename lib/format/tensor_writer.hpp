// SPDX-License-Identifier: MIT
// Tensors as contiguous little-endian bytes, one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/buffer.hpp"
#include "base/operation.hpp"
#include "io/sink.hpp"
#include "tensor/tensor.hpp"

namespace weightport {

// Copies only what is not in memory in the right order; its own memory does not grow with the tensors. Advances the operation
// by every byte: call report() after the last one.
class TensorWriter {
 public:
  TensorWriter(Sink &sink, Operation &operation) : sink_(sink), operation_(operation) {}
  TensorWriter(const TensorWriter &) = delete;
  TensorWriter &operator=(const TensorWriter &) = delete;

  void write(std::span<const std::byte> bytes);
  void write(const Tensor &tensor);
  void report();

 private:
  // As many elements at a time as fit in the copy.
  void write_rows(const Tensor &tensor);
  void write_copy(const Tensor &tensor);

  Sink &sink_;
  Operation &operation_;
  uint64_t unreported_ = 0;
  Buffer copy_;
};

}  // namespace weightport
