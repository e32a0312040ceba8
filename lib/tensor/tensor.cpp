// SPDX-License-Identifier: MIT
#include "tensor/tensor.hpp"

#include <algorithm>
#include <utility>

#include "base/checked.hpp"
#include "base/error.hpp"

namespace weightport {

int64_t element_count(Dims shape) {
  int64_t count = 1;
  bool empty = false, overflow = false;
  for (int64_t size : shape) {
    if (size < 0) fail(WP_ERROR_CORRUPT, "a tensor has the negative size ", size);
    if (size == 0) {
      empty = true;
    } else if (auto product = checked_mul(count, size)) {
      count = *product;
    } else {
      overflow = true;
    }
  }
  if (empty) return 0;
  if (overflow) fail(WP_ERROR_CORRUPT, "a tensor has more than 2^63 elements");
  return count;
}

void contiguous_strides(Dims shape, int64_t *strides) {
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    auto next = checked_mul(stride, std::max<int64_t>(shape[i], 1));
    if (!next) fail(WP_ERROR_CORRUPT, "a tensor's sizes overflow");
    stride = *next;
  }
}

Tensor::Tensor(Ref<Storage> storage, wp_dtype dtype, Dims shape, Dims strides, int64_t storage_offset)
    : storage_(std::move(storage)), dtype_(dtype), offset_(storage_offset) {
  set_dims(shape, strides);
  check_inside_storage();
  storage_->set_unit(dtype_info(dtype)->unit);
}

Tensor::Tensor(wp_dtype dtype, Dims shape, Dims strides, std::unique_ptr<TensorExtra> extra)
    : dtype_(dtype), extra_(std::move(extra)) {
  set_dims(shape, strides);
}

Tensor::Tensor(const Tensor &other, std::unique_ptr<TensorExtra> extra)
    : storage_(other.storage_),
      dtype_(other.dtype_),
      requires_grad_(other.requires_grad_),
      is_parameter_(other.is_parameter_),
      offset_(other.offset_),
      extra_(std::move(extra)) {
  set_dims(other.shape(), other.strides());
}

Tensor::~Tensor() = default;

void Tensor::set_dims(Dims shape, Dims strides) {
  if (shape.size() > kMaxDims) fail(WP_ERROR_LIMIT, "a tensor has ", shape.size(), " dimensions, more than ", kMaxDims);
  if (strides.size() != shape.size()) {
    fail(WP_ERROR_CORRUPT, "a tensor has ", shape.size(), " sizes and ", strides.size(), " strides");
  }
  numel_ = element_count(shape);
  if (!checked_mul<uint64_t>(static_cast<uint64_t>(numel_), itemsize(dtype_))) {
    fail(WP_ERROR_CORRUPT, "a tensor has more than 2^63 bytes");
  }
  ndim_ = static_cast<uint8_t>(shape.size());
  if (ndim_ > kInline) heap_ = std::make_unique<int64_t[]>(2 * shape.size());
  int64_t *out = ndim_ > kInline ? heap_.get() : inline_;
  std::copy(shape.begin(), shape.end(), out);
  std::copy(strides.begin(), strides.end(), out + ndim_);
}

void Tensor::check_inside_storage() const {
  for (int64_t stride : strides()) {
    if (stride < 0) fail(WP_ERROR_CORRUPT, "a tensor has the negative stride ", stride);
  }
  if (offset_ < 0) fail(WP_ERROR_CORRUPT, "a tensor has the negative storage offset ", offset_);
  if (numel_ == 0) return;
  uint64_t last = static_cast<uint64_t>(offset_);
  bool overflow = false;
  for (size_t i = 0; i < ndim_; ++i) {
    auto step = checked_mul(static_cast<uint64_t>(shape()[i] - 1), static_cast<uint64_t>(strides()[i]));
    auto sum = step ? checked_add(last, *step) : std::nullopt;
    if (!sum) overflow = true;
    last = sum.value_or(0);
  }
  uint64_t capacity = storage_->nbytes() / itemsize(dtype_) * elements_per_byte(dtype_);
  if (overflow || last >= capacity) {
    fail(WP_ERROR_CORRUPT, "a ", dtype_info(dtype_)->name, " tensor reaches element ", overflow ? UINT64_MAX : last,
         " of a storage of ", capacity, " elements");
  }
}

bool Tensor::is_contiguous() const noexcept {
  if (layout() != WP_LAYOUT_STRIDED) return false;
  if (numel_ == 0) return true;
  int64_t expected = 1;
  for (size_t i = ndim_; i-- > 0;) {
    if (shape()[i] == 1) continue;
    if (strides()[i] != expected) return false;
    expected *= shape()[i];
  }
  return true;
}

const std::string &Tensor::device() const noexcept {
  if (storage_) return storage_->device();
  return extra_->device;
}

const std::byte *Tensor::data() const {
  if (!storage_) {
    fail(WP_ERROR_UNSUPPORTED, layout() == WP_LAYOUT_STRIDED ? "a tensor on the meta device has no data"
                                                             : "a sparse tensor has no data of its own: see its parts");
  }
  // An offset outside the storage occurs on empty tensors, and is never followed.
  if (!numel_) return storage_->data();
  if (static_cast<size_t>(offset_) % elements_per_byte(dtype_)) {
    fail(WP_ERROR_UNSUPPORTED, "a ", dtype_info(dtype_)->name, " tensor that begins within a byte has no data of its own");
  }
  return storage_->data() + bytes_of(dtype_, offset_);
}

std::byte *Tensor::mutable_data() const {
  const std::byte *first = data();
  return storage_->mutable_data() + (first - storage_->data());
}

std::byte *Tensor::private_data() const {
  const std::byte *first = data();
  return storage_->private_data() + (first - storage_->data());
}

Ref<Tensor> packed_bytes(const Tensor &tensor) {
  if (!tensor.is_contiguous()) {
    fail(WP_ERROR_UNSUPPORTED, "the elements of a ", dtype_info(tensor.dtype())->name, " tensor that is not contiguous");
  }
  int64_t size = static_cast<int64_t>(tensor.nbytes()), stride = 1;
  int64_t offset = size ? tensor.data() - tensor.storage()->data() : 0;
  return make_ref<Tensor>(Ref<Storage>::share(tensor.storage()), WP_DTYPE_BITS8, Dims{&size, 1}, Dims{&stride, 1}, offset);
}

Ref<Tensor> zeros(wp_dtype dtype, Dims shape) {
  int64_t strides[Tensor::kMaxDims];
  if (shape.size() > Tensor::kMaxDims) fail(WP_ERROR_LIMIT, "a tensor has ", shape.size(), " dimensions");
  contiguous_strides(shape, strides);
  int64_t numel = element_count(shape);
  if (!checked_mul<uint64_t>(static_cast<uint64_t>(numel), itemsize(dtype))) {
    fail(WP_ERROR_CORRUPT, "a tensor has more than 2^63 bytes");
  }
  return make_ref<Tensor>(owned_storage(Buffer::zeroed(bytes_of(dtype, numel))), dtype, shape, Dims{strides, shape.size()}, 0);
}

}  // namespace weightport
