// SPDX-License-Identifier: MIT
// A view of a storage, as in PyTorch.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/ref.hpp"
#include "tensor/dtype.hpp"
#include "tensor/storage.hpp"

namespace weightport {

using Dims = std::span<const int64_t>;

class Tensor;

// What few tensors have.
struct TensorExtra {
  wp_layout layout = WP_LAYOUT_STRIDED;
  wp_qscheme qscheme = WP_QSCHEME_NONE;
  double scale = 0;
  int64_t zero_point = 0;
  int64_t axis = -1;
  bool conj = false;
  bool neg = false;
  bool coalesced = false;
  bool wrapper = false;               // of a subclass that keeps its numbers in tensors among its attributes: DTensor
  std::array<Ref<Tensor>, 6> parts;   // by wp_tensor_part
  const void *backend_tag = nullptr;  // of a wrapped tensor: see wp_tensor_desc
  void *backend = nullptr;
  std::shared_ptr<void> backend_owner;  // of one that is a view of another's storage
  std::string device;                   // of a tensor without a storage
};

// Shareable: nothing changes after construction but the flags, which only the opening of a file sets.
class Tensor : public RefCounted {
 public:
  static constexpr size_t kMaxDims = 64;

  // A strided view. Throws CORRUPT if a size or stride is negative or the view leaves the storage.
  Tensor(Ref<Storage> storage, wp_dtype dtype, Dims shape, Dims strides, int64_t storage_offset);
  // Without bytes: a meta tensor (strided), or a sparse one made of `extra.parts`.
  Tensor(wp_dtype dtype, Dims shape, Dims strides, std::unique_ptr<TensorExtra> extra);
  // The same view with flags or parts of its own.
  Tensor(const Tensor &other, std::unique_ptr<TensorExtra> extra);

  wp_dtype dtype() const noexcept { return dtype_; }
  size_t ndim() const noexcept { return ndim_; }
  Dims shape() const noexcept { return {dims(), ndim_}; }
  Dims strides() const noexcept { return {dims() + ndim_, ndim_}; }
  int64_t storage_offset() const noexcept { return offset_; }
  int64_t numel() const noexcept { return numel_; }
  uint64_t nbytes() const noexcept { return bytes_of(dtype_, numel_); }
  bool is_contiguous() const noexcept;

  Storage *storage() const noexcept { return storage_.get(); }
  const std::string &device() const noexcept;
  wp_layout layout() const noexcept { return extra_ ? extra_->layout : WP_LAYOUT_STRIDED; }
  const TensorExtra *extra() const noexcept { return extra_.get(); }

  bool requires_grad() const noexcept { return requires_grad_; }
  // What a view or a copy requires: another library's history ends here.
  bool hands_on_requires_grad() const noexcept { return requires_grad_ && !(extra_ && extra_->backend); }
  bool is_parameter() const noexcept { return is_parameter_; }
  void set_requires_grad(bool on) noexcept { requires_grad_ = on; }
  void set_is_parameter(bool on) noexcept { is_parameter_ = on; }

  // The first element. Throws UNSUPPORTED for a tensor without bytes of its own, and what the storage throws.
  const std::byte *data() const;
  std::byte *mutable_data() const;
  std::byte *private_data() const;

 private:
  ~Tensor() override;
  void set_dims(Dims shape, Dims strides);
  void check_inside_storage() const;
  const int64_t *dims() const noexcept { return ndim_ > kInline ? heap_.get() : inline_; }

  static constexpr size_t kInline = 4;

  Ref<Storage> storage_;
  wp_dtype dtype_;
  uint8_t ndim_ = 0;
  bool requires_grad_ = false;
  bool is_parameter_ = false;
  int64_t offset_ = 0;
  int64_t numel_ = 1;
  int64_t inline_[2 * kInline] = {};  // sizes, then strides
  std::unique_ptr<int64_t[]> heap_;
  std::unique_ptr<TensorExtra> extra_;
};

// Row-major strides, with sizes of 0 counted as 1, as PyTorch does. Throws CORRUPT when they overflow.
void contiguous_strides(Dims shape, int64_t *strides);
// The product of the sizes. Throws CORRUPT if a size is negative or the product overflows.
int64_t element_count(Dims shape);

// The bytes of a tensor several of whose elements share one, as bits8. Throws UNSUPPORTED if it is not contiguous or begins
// within a byte.
Ref<Tensor> packed_bytes(const Tensor &tensor);

// An owned tensor of zeros.
Ref<Tensor> zeros(wp_dtype dtype, Dims shape);

// Whether a tensor is one that wraps others, which have all its numbers.
inline bool is_wrapper(const Tensor &tensor) noexcept { return tensor.extra() && tensor.extra()->wrapper; }

}  // namespace weightport
