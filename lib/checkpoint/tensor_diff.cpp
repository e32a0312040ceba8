// SPDX-License-Identifier: MIT
#include "checkpoint/tensor_diff.hpp"

#include <algorithm>
#include <complex>
#include <cstring>
#include <iterator>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "tensor/convert.hpp"
#include "tensor/pieces.hpp"
#include "value/describe.hpp"

namespace weightport {
namespace {

constexpr double kNoDifference = std::numeric_limits<double>::quiet_NaN();
constexpr uint64_t kPiece = 65536;  // elements
// Few tensors of a model share their bytes with so many others.
constexpr uint64_t kViewsOfOneByte = 16;

bool flag(const Tensor &tensor, bool TensorExtra::*member) noexcept { return tensor.extra() && tensor.extra()->*member; }

// Bytes that lie in a mapped file, at any alignment.
class BorrowedStorage final : public Storage {
 public:
  BorrowedStorage(const std::byte *bytes, uint64_t nbytes) : Storage(nbytes, "cpu") {
    set_data(const_cast<std::byte *>(bytes), false);
  }

 private:
  Buffer fetch() const override { return {}; }
};

Ref<Tensor> view(const Tensor &tensor, Ref<Storage> storage, Dims shape, Dims strides, int64_t offset) {
  auto out = make_ref<Tensor>(std::move(storage), tensor.dtype(), shape, strides, offset);
  bool conj = flag(tensor, &TensorExtra::conj), neg = flag(tensor, &TensorExtra::neg);
  if (!conj && !neg) return out;
  auto extra = std::make_unique<TensorExtra>();
  extra->conj = conj;
  extra->neg = neg;
  return make_ref<Tensor>(*out, std::move(extra));
}

// The same elements, from memory. What is read for that is not kept by the tensor's own storage.
Ref<Tensor> readable(const Tensor &tensor) {
  const Storage &storage = *tensor.storage();
  const std::byte *bytes = kLittleEndian ? storage.in_memory(tensor.nbytes()) : storage.data();
  if (bytes) {
    auto borrowed = make_ref<BorrowedStorage>(bytes, storage.nbytes());
    return view(tensor, std::move(borrowed), tensor.shape(), tensor.strides(), tensor.storage_offset());
  }
  uint64_t size = itemsize(tensor.dtype()), elements = 1;
  for (size_t i = 0; i < tensor.ndim(); ++i) elements += static_cast<uint64_t>((tensor.shape()[i] - 1) * tensor.strides()[i]);
  Buffer buffer(elements * size);
  std::byte *end = buffer.data();
  storage.stream(static_cast<uint64_t>(tensor.storage_offset()) * size, elements * size, Storage::kPiece,
                 [&](std::span<const std::byte> piece) { end = std::copy(piece.begin(), piece.end(), end); });
  return view(tensor, owned_storage(std::move(buffer)), tensor.shape(), tensor.strides(), 0);
}

// Whether any run of elements can be had without reading others.
bool in_parts(const Tensor &tensor) {
  return tensor.storage()->in_memory() || (tensor.is_contiguous() && tensor.storage()->extent());
}

bool same_bytes(const Tensor &a, const Tensor &b) noexcept {
  return a.storage() == b.storage() && a.storage_offset() == b.storage_offset() &&
         std::equal(a.strides().begin(), a.strides().end(), b.strides().begin()) &&
         flag(a, &TensorExtra::conj) == flag(b, &TensorExtra::conj) && flag(a, &TensorExtra::neg) == flag(b, &TensorExtra::neg);
}

bool same_quantizer(const Tensor &a, const Tensor &b) noexcept {
  static const TensorExtra none;
  const TensorExtra &x = a.extra() ? *a.extra() : none, &y = b.extra() ? *b.extra() : none;
  bool same_scale = x.scale == y.scale || (is_nan(x.scale) && is_nan(y.scale));
  return same_scale && x.qscheme == y.qscheme && x.zero_point == y.zero_point && x.axis == y.axis;
}

// Counts the elements that differ.
class ElementDiff {
 public:
  ElementDiff(wp_dtype dtype, const Tolerance &tolerance) : dtype_(dtype), tolerance_(tolerance) {}

  void add(const Tensor &a, const Tensor &b) {
    bool plain = a.is_contiguous() && b.is_contiguous() && flag(a, &TensorExtra::conj) == flag(b, &TensorExtra::conj) &&
                 flag(a, &TensorExtra::neg) == flag(b, &TensorExtra::neg);
    if (plain && std::memcmp(a.data(), b.data(), static_cast<size_t>(a.nbytes())) == 0) return;
    switch (dtype_) {
      case WP_DTYPE_BOOL:
      case WP_DTYPE_UINT8:
      case WP_DTYPE_INT8:
      case WP_DTYPE_INT16:
      case WP_DTYPE_INT32:
      case WP_DTYPE_INT64:
      case WP_DTYPE_UINT16:
      case WP_DTYPE_UINT32:
        return add_numbers<int64_t>(a, b, WP_DTYPE_INT64);
      case WP_DTYPE_UINT64:
        return add_numbers<uint64_t>(a, b, WP_DTYPE_UINT64);
      case WP_DTYPE_FLOAT16:
      case WP_DTYPE_BFLOAT16:
      case WP_DTYPE_FLOAT32:
      case WP_DTYPE_FLOAT64:
      case WP_DTYPE_FLOAT8_E5M2:
      case WP_DTYPE_FLOAT8_E4M3FN:
      case WP_DTYPE_FLOAT8_E5M2FNUZ:
      case WP_DTYPE_FLOAT8_E4M3FNUZ:
      case WP_DTYPE_FLOAT8_E8M0FNU:
        return add_numbers<double>(a, b, WP_DTYPE_FLOAT64);
      case WP_DTYPE_COMPLEX32:
      case WP_DTYPE_COMPLEX64:
      case WP_DTYPE_COMPLEX128:
      case WP_DTYPE_BCOMPLEX32:
        return add_numbers<std::complex<double>>(a, b, WP_DTYPE_COMPLEX128);
      default:
        return add_codes(a, b);
    }
  }

  uint64_t different() const noexcept { return different_; }
  double largest() const noexcept { return largest_; }

 private:
  template <class T>
  void add_numbers(const Tensor &a, const Tensor &b, wp_dtype as) {
    auto n = static_cast<size_t>(a.numel());
    auto *x = static_cast<T *>(read(0, a, as)), *y = static_cast<T *>(read(1, b, as));
    for (size_t i = 0; i < n; ++i) {
      double difference;
      different_ += !tolerance_.equal(x[i], y[i], difference);
      // NaN stays.
      if (is_nan(difference) || difference > largest_) largest_ = difference;
    }
  }

  // Quantized and packed elements have no value of their own.
  void add_codes(const Tensor &a, const Tensor &b) {
    size_t size = itemsize(dtype_), n = static_cast<size_t>(a.nbytes());
    auto *x = static_cast<std::byte *>(read(0, a, dtype_)), *y = static_cast<std::byte *>(read(1, b, dtype_));
    for (size_t i = 0; i < n; i += size) different_ += std::memcmp(x + i, y + i, size) != 0;
    largest_ = kNoDifference;
  }

  void *read(int side, const Tensor &tensor, wp_dtype as) {
    if (!buffers_[side].data()) buffers_[side] = Buffer(kPiece * sizeof(std::complex<double>));
    auto bytes = buffers_[side].span().first(static_cast<size_t>(tensor.numel()) * itemsize(as));
    read_elements(tensor, bytes, as);
    return bytes.data();
  }

  wp_dtype dtype_;
  const Tolerance &tolerance_;
  uint64_t different_ = 0;
  double largest_ = 0;
  Buffer buffers_[2];
};

Ref<Tensor> part(const Tensor &tensor, Dims index, Dims sizes, Dims strides) {
  int64_t offset = offset_at(tensor, index, strides);
  return readable(*view(tensor, Ref<Storage>::share(tensor.storage()), sizes, strides, offset));
}

// The dimensions that two tensors are walked in: without those that repeat the same elements in both.
struct Shape {
  Shape(const Tensor &a, const Tensor &b) {
    int64_t numel = a.numel();
    if (a.is_contiguous() && b.is_contiguous()) {
      sizes = {numel};
      strides_a = strides_b = {1};
      return;
    }
    for (size_t i = 0; i < a.ndim(); ++i) {
      bool repeats = a.strides()[i] == 0 && b.strides()[i] == 0;
      sizes.push_back(repeats ? 1 : a.shape()[i]);
      if (repeats) repeat *= static_cast<uint64_t>(a.shape()[i]);
    }
    strides_a.assign(a.strides().begin(), a.strides().end());
    strides_b.assign(b.strides().begin(), b.strides().end());
  }

  std::vector<int64_t> sizes, strides_a, strides_b;
  uint64_t repeat = 1;
};

TensorDifference changed(std::string message, double largest = kNoDifference) { return {std::move(message), largest}; }

}  // namespace

TensorDifference TensorDiff::compare(const Tensor &a, const Tensor &b) {
  if (&a == &b) return {};
  bool same_shape = std::equal(a.shape().begin(), a.shape().end(), b.shape().begin(), b.shape().end());
  if (!same_shape || a.dtype() != b.dtype() || a.layout() != b.layout()) {
    return changed(concat(describe(a), " became ", describe(b)));
  }
  if (!same_quantizer(a, b)) return changed("its quantizer changed");
  if (!a.storage() != !b.storage()) return changed(a.storage() ? "it has no data any more" : "it had no data");
  TensorDifference parts = compare_parts(a, b);
  if (!parts.message.empty() || !a.storage() || a.numel() == 0 || same_bytes(a, b)) return parts;
  if (elements_per_byte(a.dtype()) > 1) return compare_elements(*packed_bytes(a), *packed_bytes(b));
  return compare_elements(a, b);
}

TensorDifference TensorDiff::compare_parts(const Tensor &a, const Tensor &b) {
  static constexpr const char *kNames[] = {"indices", "values", "compressed indices", "plain indices", "scales", "zero points"};
  if (!a.extra() || !b.extra()) return {};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    const Tensor *x = a.extra()->parts[i].get(), *y = b.extra()->parts[i].get();
    if (!x != !y) return changed(concat("its ", kNames[i], x ? " are gone" : " are new"));
    if (!x) continue;
    TensorDifference difference = compare(*x, *y);
    if (difference.message.empty()) continue;
    return changed(concat("its ", kNames[i], ": ", difference.message), difference.largest);
  }
  return {};
}

TensorDifference TensorDiff::compare_elements(const Tensor &a, const Tensor &b) {
  Shape shape(a, b);
  charge(a, b, static_cast<uint64_t>(a.numel()) / shape.repeat);
  Ref<Tensor> whole_a = in_parts(a) ? Ref<Tensor>() : readable(a), whole_b = in_parts(b) ? Ref<Tensor>() : readable(b);
  const Tensor &from_a = whole_a ? *whole_a : a, &from_b = whole_b ? *whole_b : b;
  ElementDiff diff(a.dtype(), tolerance_);
  each_piece(shape.sizes, kPiece, [&](Dims index, Dims sizes) {
    auto x = part(from_a, index, sizes, shape.strides_a), y = part(from_b, index, sizes, shape.strides_b);
    diff.add(*x, *y);
    operation_.advance(x->nbytes());
  });
  if (!diff.different()) return {};
  std::string by = is_nan(diff.largest()) ? "" : concat(", by at most ", describe(diff.largest()));
  return changed(concat(diff.different() * shape.repeat, " of ", a.numel(),
                        a.dtype() == WP_DTYPE_BITS8 ? " bytes" : " elements", " differ", by),
                 diff.largest());
}

// Work is free as long as it is in proportion to the bytes that there are.
void TensorDiff::charge(const Tensor &a, const Tensor &b, uint64_t numel) {
  operation_.check_cancelled();
  for (const Tensor *tensor : {&a, &b}) {
    if (storages_.insert(tensor->storage()).second) credit_ += kViewsOfOneByte * tensor->storage()->nbytes();
  }
  uint64_t free = std::min(credit_, numel);
  credit_ -= free;
  steps_.take(numel - free);
}

}  // namespace weightport
