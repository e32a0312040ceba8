// SPDX-License-Identifier: MIT
#include <array>
#include <cstdint>
#include <utility>

#include "exchange/backend_tag.hpp"
#include "exchange/fail.hpp"
#include "exchange/tensor.hpp"

namespace weightport::libtorch {

at::ScalarType to_scalar_type(wp_dtype dtype) {
  // wp_dtype takes its numbers from c10::ScalarType, which only ever grew at the end, before "Undefined".
  if (dtype < 0 || dtype >= static_cast<int>(at::ScalarType::Undefined)) {
    fail(WP_ERROR_UNSUPPORTED, "this libtorch has no dtype ", wp_dtype_name(dtype));
  }
  return static_cast<at::ScalarType>(dtype);
}

at::Device to_device(const char *name) {
  try {
    return at::Device(std::string(name));
  } catch (const c10::Error &) {
    fail(WP_ERROR_INVALID_ARGUMENT, "no device is called \"", printable(name), "\"");
  }
}

namespace {

at::IntArrayRef dims(const int64_t *sizes, const wp_tensor *tensor) { return {sizes, wp_tensor_ndim(tensor)}; }

// Whether elements lie at multiples of their size, as libtorch wants it.
bool is_aligned(const void *data, const wp_tensor *tensor) {
  return reinterpret_cast<uintptr_t>(data) % wp_dtype_itemsize(wp_tensor_dtype(tensor)) == 0;
}

}  // namespace

at::Tensor TensorImporter::operator()(const wp_tensor *tensor) {
  require(tensor, "a tensor is NULL");
  if (auto *backend = static_cast<at::Tensor *>(wp_tensor_backend(tensor, &kBackendTag))) return *backend;
  at::NoGradGuard no_grad;
  at::Tensor made = convert(tensor);
  if (wp_tensor_is_conj(tensor)) made = made.conj();
  if (wp_tensor_is_neg(tensor)) made = made._neg_view();
  bool differentiable = made.is_floating_point() || made.is_complex();
  return wp_tensor_requires_grad(tensor) && differentiable ? made.set_requires_grad(true) : made;
}

at::Tensor TensorImporter::convert(const wp_tensor *tensor) {
  if (wp_tensor_layout(tensor) != WP_LAYOUT_STRIDED) return sparse(tensor);
  if (!wp_tensor_storage_id(tensor)) {
    auto options = at::TensorOptions(to_scalar_type(wp_tensor_dtype(tensor))).device(at::kMeta);
    return at::empty_strided(dims(wp_tensor_shape(tensor), tensor), dims(wp_tensor_strides(tensor), tensor), options);
  }
  at::Tensor bytes = strided(tensor);
  return wp_tensor_qscheme(tensor) == WP_QSCHEME_NONE ? bytes : quantized(tensor, bytes);
}

// The storage as a whole becomes libtorch's, so that views of it still see each other.
at::Tensor TensorImporter::strided(const wp_tensor *tensor) {
  if (wp_dtype packed = wp_tensor_dtype(tensor); packed == WP_DTYPE_QUINT4X2 || packed == WP_DTYPE_QUINT2X4) {
    fail(WP_ERROR_UNSUPPORTED, "libtorch cannot be given a packed tensor of dtype ", wp_dtype_name(packed));
  }
  at::ScalarType dtype = to_scalar_type(wp_tensor_dtype(tensor));
  // A quantized dtype would need its quantizer at once; its integers are of the same size.
  if (c10::isQIntType(dtype)) dtype = c10::toUnderlying(dtype);
  auto found = storages_.find(wp_tensor_storage_id(tensor));
  if (found == storages_.end()) {
    Tensor kept = Tensor::retain(tensor);
    void *first = nullptr;
    wp_error *refused = wp_tensor_private_data(&first, kept.get());
    if (refused && wp_error_code(refused) != WP_ERROR_UNSUPPORTED) check(refused);
    wp_error_release(refused);
    if (refused || !is_aligned(first, tensor)) {
      Tensor copy = kept.contiguous();
      return strided(copy.get());
    }
    // Of a tensor without elements it is the storage's beginning.
    int64_t before = wp_tensor_numel(tensor) ? wp_tensor_storage_offset(tensor) : 0;
    auto *start = static_cast<std::byte *>(first) - before * static_cast<int64_t>(at::elementSize(dtype));
    at::Tensor whole = at::from_blob(
        start, {static_cast<int64_t>(wp_tensor_storage_nbytes(tensor))}, [kept](void *) {}, at::TensorOptions(at::kByte));
    found = storages_.emplace(wp_tensor_storage_id(tensor), whole.storage()).first;
  }
  at::Tensor view = at::empty({0}, at::TensorOptions(dtype));
  return view.set_(found->second, wp_tensor_storage_offset(tensor), dims(wp_tensor_shape(tensor), tensor),
                   dims(wp_tensor_strides(tensor), tensor));
}

at::Tensor TensorImporter::part(const wp_tensor *tensor, wp_tensor_part part) {
  const wp_tensor *found = wp_tensor_get_part(tensor, part);
  if (!found) fail(WP_ERROR_UNSUPPORTED, "the tensor lacks a part of its layout");
  return (*this)(found);
}

at::Tensor TensorImporter::sparse(const wp_tensor *tensor) {
  at::IntArrayRef shape = dims(wp_tensor_shape(tensor), tensor);
  at::Tensor values = part(tensor, WP_PART_VALUES);
  if (wp_tensor_layout(tensor) == WP_LAYOUT_SPARSE_COO)
    return at::sparse_coo_tensor(part(tensor, WP_PART_INDICES), values, shape);
  static constexpr std::array layouts{at::kSparseCsr, at::kSparseCsc, at::kSparseBsr, at::kSparseBsc};
  auto index = static_cast<size_t>(wp_tensor_layout(tensor) - WP_LAYOUT_SPARSE_CSR);
  return at::sparse_compressed_tensor(part(tensor, WP_PART_COMPRESSED_INDICES), part(tensor, WP_PART_PLAIN_INDICES), values,
                                      shape, values.options().layout(layouts.at(index)));
}

at::Tensor TensorImporter::quantized(const wp_tensor *tensor, const at::Tensor &bytes) {
  if (int64_t axis = wp_tensor_q_per_channel_axis(tensor); axis >= 0) {
    return at::_make_per_channel_quantized_tensor(bytes, part(tensor, WP_PART_SCALES), part(tensor, WP_PART_ZERO_POINTS), axis);
  }
  return at::_make_per_tensor_quantized_tensor(bytes, wp_tensor_q_scale(tensor), wp_tensor_q_zero_point(tensor));
}

}  // namespace weightport::libtorch
