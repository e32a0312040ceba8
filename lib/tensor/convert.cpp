// SPDX-License-Identifier: MIT
#include "tensor/convert.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "tensor/element.hpp"

namespace weightport {
namespace {

constexpr size_t kMaxItemsize = sizeof(Complex<double>);
// Elements that go through all steps before the next ones do: they stay in the processor's nearest cache.
constexpr size_t kChunk = 512;
// Bytes that cost less to read than to fault in, where nobody has touched their mapping; and that are not worth to be kept
// where they are not mapped, as fewer are for the next one who asks.
constexpr size_t kManyPages = size_t{64} << 10;

// The steps from one dtype to another; none at all for a plain copy.
class Conversion {
 public:
  Conversion(const Tensor &tensor, wp_dtype as) : to_size_(itemsize(as)), from_size_(itemsize(tensor.dtype())) {
    bool neg = tensor.extra() && tensor.extra()->neg, conj = tensor.extra() && tensor.extra()->conj;
    if (as == tensor.dtype() && !neg && !conj) return;
    const Element *from = find_element(tensor.dtype()), *to = find_element(as);
    if (!from || !to) {
      fail(WP_ERROR_UNSUPPORTED, "a ", dtype_info(tensor.dtype())->name, " tensor cannot be converted to ",
           dtype_info(as)->name);
    }
    add(from->load);
    if (neg) add(from->negate);
    if (conj) add(from->conjugate);
    add(from->casts[to->stored]);
    add(to->store);
  }

  bool empty() const noexcept { return count_ == 0; }

  void run(const std::byte *in, std::byte *out, size_t n) const {
    if (count_ == 1) return steps_[0](in, out, n);
    for (size_t done = 0; done < n; done += kChunk) {
      run_chunk(in + done * from_size_, out + done * to_size_, std::min(kChunk, n - done));
    }
  }

 private:
  void add(Step step) noexcept {
    if (step) steps_[count_++] = step;
  }

  void run_chunk(const std::byte *in, std::byte *out, size_t n) const {
    alignas(64) std::byte buffers[2][kChunk * kMaxItemsize];
    for (size_t i = 0; i < count_; ++i) {
      std::byte *target = i + 1 < count_ ? buffers[i % 2] : out;
      steps_[i](in, target, n);
      in = target;
    }
  }

  Step steps_[5];
  size_t count_ = 0;
  size_t to_size_, from_size_;
};

template <size_t kSize>
void copy_strided(const std::byte *in, size_t stride, std::byte *out, size_t n) {
  for (size_t i = 0; i < n; ++i) std::memcpy(out + i * kSize, in + i * stride, kSize);
}

// Copies elements in row-major order, as many at a time as are asked for.
class Gather {
 public:
  // `tensor` has at least one element, and the first is at `data`.
  Gather(const Tensor &tensor, const std::byte *data) : data_(data), itemsize_(itemsize(tensor.dtype())) {
    for (size_t i = 0; i < tensor.ndim(); ++i) {
      auto size = static_cast<size_t>(tensor.shape()[i]), stride = static_cast<size_t>(tensor.strides()[i]) * itemsize_;
      if (size == 1) continue;
      // Two dimensions that one stride covers are one.
      if (ndim_ && strides_[ndim_ - 1] == size * stride) {
        sizes_[ndim_ - 1] *= size;
        strides_[ndim_ - 1] = stride;
      } else {
        sizes_[ndim_] = size;
        strides_[ndim_++] = stride;
      }
    }
    if (ndim_ == 0) {
      sizes_[0] = 1;
      strides_[0] = itemsize_;
      ndim_ = 1;
    }
  }

  bool contiguous() const noexcept { return ndim_ == 1 && strides_[0] == itemsize_; }

  void next(std::byte *out, size_t n) {
    size_t inner = ndim_ - 1;
    while (n) {
      size_t run = std::min(n, sizes_[inner] - index_[inner]);
      copy(data_ + offset_, strides_[inner], out, run);
      out += run * itemsize_;
      n -= run;
      advance(run);
    }
  }

 private:
  // Onwards by a run that ends with the inner dimension at the latest.
  void advance(size_t run) noexcept {
    size_t i = ndim_ - 1;
    index_[i] += run;
    offset_ += run * strides_[i];
    for (; i > 0 && index_[i] == sizes_[i]; --i) {
      offset_ = offset_ - sizes_[i] * strides_[i] + strides_[i - 1];
      index_[i] = 0;
      ++index_[i - 1];
    }
  }

  void copy(const std::byte *in, size_t stride, std::byte *out, size_t n) const {
    if (stride == itemsize_) {
      std::memcpy(out, in, n * itemsize_);
      return;
    }
    switch (itemsize_) {
      case 1:
        return copy_strided<1>(in, stride, out, n);
      case 2:
        return copy_strided<2>(in, stride, out, n);
      case 4:
        return copy_strided<4>(in, stride, out, n);
      case 8:
        return copy_strided<8>(in, stride, out, n);
      case 16:
        return copy_strided<16>(in, stride, out, n);
    }
  }

  const std::byte *data_;
  size_t itemsize_;
  size_t ndim_ = 0;
  size_t offset_ = 0;
  size_t sizes_[Tensor::kMaxDims];
  size_t strides_[Tensor::kMaxDims];  // in bytes
  size_t index_[Tensor::kMaxDims] = {};
};

}  // namespace

void read_elements(const Tensor &tensor, std::span<std::byte> out, wp_dtype as) {
  if (as == tensor.dtype() && elements_per_byte(as) > 1) return read_elements(*packed_bytes(tensor), out, WP_DTYPE_BITS8);
  // Compared before it is narrowed: a tensor that repeats its elements may have more of them than a 32-bit size counts.
  if (out.size() / itemsize(as) != static_cast<uint64_t>(tensor.numel()) || out.size() % itemsize(as)) {
    fail(WP_ERROR_MISMATCH, tensor.numel(), " elements of ", dtype_info(as)->name, " need another buffer than one of ",
         out.size(), " bytes");
  }
  auto numel = static_cast<size_t>(tensor.numel());
  Conversion conversion(tensor, as);
  if (out.size() >= kManyPages && conversion.empty() && tensor.is_contiguous() && tensor.storage()) {
    uint64_t offset = static_cast<uint64_t>(tensor.storage_offset()) * itemsize(as);
    if (tensor.storage()->copy_from_source(offset, out)) return;
  }
  if (numel && tensor.storage()) tensor.storage()->whole_data();
  const std::byte *data = tensor.data();
  if (numel == 0) return;
  Gather gather(tensor, data);
  if (conversion.empty()) return gather.next(out.data(), numel);
  if (gather.contiguous()) return conversion.run(data, out.data(), numel);

  alignas(64) std::byte elements[kChunk * kMaxItemsize];
  for (size_t done = 0; done < numel; done += kChunk) {
    size_t n = std::min(kChunk, numel - done);
    gather.next(elements, n);
    conversion.run(elements, out.data() + done * itemsize(as), n);
  }
}

Ref<Tensor> contiguous_copy(const Tensor &tensor, wp_dtype as) {
  if (!checked_mul(static_cast<uint64_t>(tensor.numel()), static_cast<uint64_t>(itemsize(as)))) throw std::bad_alloc();
  Buffer bytes(bytes_of(as, tensor.numel()));
  read_elements(tensor, bytes.span(), as);
  int64_t strides[Tensor::kMaxDims];
  contiguous_strides(tensor.shape(), strides);
  auto copy = make_ref<Tensor>(owned_storage(std::move(bytes)), as, tensor.shape(), Dims{strides, tensor.ndim()}, 0);
  if (tensor.extra() && tensor.extra()->qscheme != WP_QSCHEME_NONE) {
    copy = make_ref<Tensor>(*copy, std::make_unique<TensorExtra>(*tensor.extra()));
  }
  copy->set_requires_grad(tensor.hands_on_requires_grad() && (as == tensor.dtype() || is_floating_point(as) || is_complex(as)));
  copy->set_is_parameter(tensor.is_parameter());
  return copy;
}

double single_element(const Tensor &tensor) {
  if (tensor.numel() != 1) fail(WP_ERROR_MISMATCH, "a tensor of ", tensor.numel(), " elements is not one number");
  if (is_complex(tensor.dtype())) fail(WP_ERROR_UNSUPPORTED, "a complex tensor is not one real number");
  double value;
  read_elements(tensor, std::as_writable_bytes(std::span(&value, 1)), WP_DTYPE_FLOAT64);
  return value;
}

}  // namespace weightport
