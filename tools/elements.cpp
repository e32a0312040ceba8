// SPDX-License-Identifier: MIT
#include "elements.hpp"

#include <cmath>
#include <limits>
#include <string_view>

namespace {

// An expanded tensor can be far larger than the storage behind it.
constexpr uint64_t kMaxExpanded = uint64_t{1} << 30;

// Quantized numbers and those of fewer than 8 bits take whole integers.
wp_dtype stored_dtype(wp_dtype dtype) {
  if (dtype == WP_DTYPE_QINT8 || (dtype >= WP_DTYPE_INT1 && dtype <= WP_DTYPE_INT7)) return WP_DTYPE_INT8;
  if (dtype == WP_DTYPE_QUINT8 || (dtype >= WP_DTYPE_UINT1 && dtype <= WP_DTYPE_UINT7)) return WP_DTYPE_UINT8;
  return dtype == WP_DTYPE_QINT32 ? WP_DTYPE_INT32 : dtype;
}

bool is_packed(wp_dtype dtype) {
  return dtype == WP_DTYPE_UNDEFINED || dtype == WP_DTYPE_FLOAT4_E2M1FN_X2 ||
         (dtype >= WP_DTYPE_QUINT4X2 && dtype <= WP_DTYPE_BITS16);
}

Reading::Type type_of(wp_dtype stored) {
  std::string_view name = wp_dtype_name(stored);
  if (name.starts_with("complex") || name.starts_with("bcomplex")) return Reading::kComplex;
  if (name.starts_with("float") || name.starts_with("bfloat")) return Reading::kFloat;
  return stored == WP_DTYPE_UINT64 ? Reading::kUnsigned : Reading::kSigned;
}

wp_dtype read_as(Reading::Type type) {
  static constexpr wp_dtype kDtypes[] = {WP_DTYPE_FLOAT64, WP_DTYPE_INT64, WP_DTYPE_UINT64, WP_DTYPE_COMPLEX128,
                                         WP_DTYPE_FLOAT64};
  return kDtypes[type];
}

// The same bytes under another dtype of the same size.
TensorHandle reinterpret(const wp_tensor *tensor, wp_dtype dtype) {
  const void *data;
  check(wp_tensor_data(&data, tensor));
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  desc.dtype = dtype;
  desc.shape = wp_tensor_shape(tensor);
  desc.strides = wp_tensor_strides(tensor);
  desc.ndim = wp_tensor_ndim(tensor);
  desc.data = const_cast<void *>(data);
  auto offset = static_cast<uint64_t>(wp_tensor_storage_offset(tensor)) * wp_dtype_itemsize(dtype);
  desc.nbytes = wp_tensor_storage_nbytes(tensor) - offset;
  desc.read_only = true;
  wp_tensor *made;
  check(wp_tensor_wrap(&made, &desc));
  return TensorHandle(made);
}

template <class T>
std::span<T> as(std::vector<double> &buffer, size_t count) {
  static_assert(sizeof(T) == sizeof(double));
  return {reinterpret_cast<T *>(buffer.data()), count};
}

}  // namespace

Reading::Reading(const wp_tensor *of_tensor) : tensor(of_tensor) {
  if (wp_tensor_layout(tensor) != WP_LAYOUT_STRIDED) {
    of = "values";
    tensor = wp_tensor_get_part(of_tensor, WP_PART_VALUES);
  }
  wp_dtype dtype = wp_tensor_dtype(tensor);
  wp_qscheme scheme = wp_tensor_qscheme(tensor);
  stored = stored_dtype(dtype);
  type = type_of(stored);
  if (type == kComplex && *of == 'e') of = "magnitudes";
  if (!tensor || (wp_tensor_storage_id(tensor) == 0 && wp_tensor_numel(tensor) > 0)) {
    missing = "the file has no bytes of it";
  } else if (is_packed(dtype)) {
    missing = std::string("elements of ") + wp_dtype_name(dtype) + " are packed";
  } else if (scheme == WP_QSCHEME_PER_TENSOR_AFFINE || scheme == WP_QSCHEME_PER_TENSOR_SYMMETRIC) {
    of = "dequantized";
    type = kQuantized;
    scale = wp_tensor_q_scale(tensor);
    zero_point = static_cast<double>(wp_tensor_q_zero_point(tensor));
    if (!std::isfinite(scale)) missing = "its scale is not finite";
  } else if (scheme != WP_QSCHEME_NONE) {
    missing = "it is quantized per channel";
  } else if (wp_tensor_nbytes(tensor) > kMaxExpanded && wp_tensor_nbytes(tensor) > wp_tensor_storage_nbytes(tensor)) {
    missing = "it expands a small storage to more than 1 GiB";
  }
}

Elements::Elements(const Reading &reading)
    : type_(reading.type), scale_(reading.scale), zero_point_(reading.zero_point), flat_(wp_tensor_retain(reading.tensor)) {
  if (reading.stored != wp_tensor_dtype(flat_.get())) flat_ = reinterpret(reading.tensor, reading.stored);
  if (wp_tensor_is_contiguous(flat_.get())) return;
  wp_tensor *copy;
  check(wp_tensor_contiguous(&copy, flat_.get()));
  flat_.reset(copy);
}

Block Elements::read(uint64_t begin, uint64_t count, std::vector<double> &buffer) const {
  wp_dtype dtype = read_as(type_);
  buffer.resize(2 * kBlock);
  auto shape = static_cast<int64_t>(count);
  wp_tensor *part;
  int64_t offset = wp_tensor_storage_offset(flat_.get()) + static_cast<int64_t>(begin);
  check(wp_tensor_view(&part, flat_.get(), offset, &shape, nullptr, 1));
  TensorHandle owner(part);
  check(wp_tensor_read(part, buffer.data(), count * wp_dtype_itemsize(dtype), dtype));
  if (type_ == Reading::kSigned) return as<int64_t>(buffer, count);
  if (type_ == Reading::kUnsigned) return as<uint64_t>(buffer, count);
  for (size_t i = 0; type_ == Reading::kQuantized && i < count; ++i) buffer[i] = (buffer[i] - zero_point_) * scale_;
  for (size_t i = 0; type_ == Reading::kComplex && i < count; ++i) {
    double re = buffer[2 * i], im = buffer[2 * i + 1];
    bool is_nan = std::isnan(re) || std::isnan(im);
    buffer[i] = is_nan ? std::numeric_limits<double>::quiet_NaN() : std::hypot(re, im);
  }
  return as<double>(buffer, count);
}
