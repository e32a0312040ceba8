// SPDX-License-Identifier: MIT
#include "weightport/tensor.h"

#include <string_view>

#include "capi/boundary.hpp"
#include "tensor/convert.hpp"
#include "tensor/wrap.hpp"

using namespace weightport;

namespace {

Dims dims(const int64_t *shape, size_t ndim) {
  require(shape || ndim == 0, "shape is NULL");
  return {shape, ndim};
}

void require_dtype(wp_dtype dtype) { require(dtype_info(dtype), "no dtype has this number"); }

// What few tensors have; for the others, the values that say so.
const TensorExtra &extra(const wp_tensor *tensor) noexcept {
  static const TensorExtra none;
  const TensorExtra *found = tensor ? unwrap(tensor)->extra() : nullptr;
  return found ? *found : none;
}

}  // namespace

extern "C" {

size_t wp_dtype_itemsize(wp_dtype dtype) {
  const DtypeInfo *info = dtype_info(dtype);
  return info ? info->itemsize : 0;
}

const char *wp_dtype_name(wp_dtype dtype) {
  const DtypeInfo *info = dtype_info(dtype);
  return info ? info->name : "undefined";
}

wp_dtype wp_dtype_from_name(const char *name) {
  if (!name) return WP_DTYPE_UNDEFINED;
  std::string_view text = name;
  if (text.starts_with("torch.")) text.remove_prefix(6);
  return dtype_from_name(text);
}

wp_error *wp_tensor_create(wp_tensor **out, wp_dtype dtype, const int64_t *shape, size_t ndim) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = give(create_tensor(dtype, dims(shape, ndim)));
  WP_GUARD_END
}

wp_error *wp_tensor_from_data(wp_tensor **out, wp_dtype dtype, const int64_t *shape, size_t ndim, const void *data,
                              size_t nbytes) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(data || nbytes == 0, "data is NULL");
  *out = give(tensor_from_data(dtype, dims(shape, ndim), {static_cast<const std::byte *>(data), nbytes}));
  WP_GUARD_END
}

wp_error *wp_tensor_wrap(wp_tensor **out, const wp_tensor_desc *desc) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(desc, "desc is NULL");
  wp_tensor_desc known =
      known_members(*desc, &wp_tensor_desc::backend, "wp_tensor_desc.struct_size is not set: use WP_TENSOR_DESC_INIT");
  // Before `out` is looked at, so that the memory is released in that case too.
  Ref<Tensor> tensor = wrap(known, unwrap(known.view_of));
  require(out, "out is NULL");
  *out = give(std::move(tensor));
  WP_GUARD_END
}

void *wp_tensor_backend(const wp_tensor *tensor, const void *backend_tag) {
  return tensor ? backend(*unwrap(tensor), backend_tag) : nullptr;
}

wp_error *wp_tensor_from_dlpack(wp_tensor **out, struct DLManagedTensor *managed) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(managed, "managed is NULL");
  Ref<Tensor> tensor = from_dlpack(managed);
  require(out, "out is NULL");
  *out = give(std::move(tensor));
  WP_GUARD_END
}

wp_error *wp_tensor_to_dlpack(struct DLManagedTensor **out, const wp_tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(tensor, "tensor is NULL");
  *out = to_dlpack(*unwrap(tensor));
  WP_GUARD_END
}

wp_tensor *wp_tensor_retain(const wp_tensor *tensor) {
  if (tensor) unwrap(tensor)->retain();
  return const_cast<wp_tensor *>(tensor);
}

void wp_tensor_release(wp_tensor *tensor) {
  if (tensor) unwrap(tensor)->release();
}

wp_dtype wp_tensor_dtype(const wp_tensor *tensor) { return tensor ? unwrap(tensor)->dtype() : WP_DTYPE_UNDEFINED; }

size_t wp_tensor_ndim(const wp_tensor *tensor) { return tensor ? unwrap(tensor)->ndim() : 0; }

const int64_t *wp_tensor_shape(const wp_tensor *tensor) { return tensor ? unwrap(tensor)->shape().data() : nullptr; }

const int64_t *wp_tensor_strides(const wp_tensor *tensor) {
  bool has = tensor && unwrap(tensor)->layout() == WP_LAYOUT_STRIDED;
  return has ? unwrap(tensor)->strides().data() : nullptr;
}

int64_t wp_tensor_storage_offset(const wp_tensor *tensor) { return tensor ? unwrap(tensor)->storage_offset() : 0; }

int64_t wp_tensor_numel(const wp_tensor *tensor) { return tensor ? unwrap(tensor)->numel() : 0; }

uint64_t wp_tensor_nbytes(const wp_tensor *tensor) { return tensor ? unwrap(tensor)->nbytes() : 0; }

const char *wp_tensor_device(const wp_tensor *tensor) { return tensor ? unwrap(tensor)->device().c_str() : ""; }

wp_layout wp_tensor_layout(const wp_tensor *tensor) { return extra(tensor).layout; }

bool wp_tensor_requires_grad(const wp_tensor *tensor) { return tensor && unwrap(tensor)->requires_grad(); }

bool wp_tensor_is_parameter(const wp_tensor *tensor) { return tensor && unwrap(tensor)->is_parameter(); }

bool wp_tensor_is_contiguous(const wp_tensor *tensor) { return tensor && unwrap(tensor)->is_contiguous(); }

bool wp_tensor_is_conj(const wp_tensor *tensor) { return extra(tensor).conj; }

bool wp_tensor_is_neg(const wp_tensor *tensor) { return extra(tensor).neg; }

uint64_t wp_tensor_storage_id(const wp_tensor *tensor) {
  const Storage *storage = tensor ? unwrap(tensor)->storage() : nullptr;
  return storage ? storage->id() : 0;
}

uint64_t wp_tensor_storage_nbytes(const wp_tensor *tensor) {
  const Storage *storage = tensor ? unwrap(tensor)->storage() : nullptr;
  return storage ? storage->nbytes() : 0;
}

wp_qscheme wp_tensor_qscheme(const wp_tensor *tensor) { return extra(tensor).qscheme; }

double wp_tensor_q_scale(const wp_tensor *tensor) { return extra(tensor).scale; }

int64_t wp_tensor_q_zero_point(const wp_tensor *tensor) { return extra(tensor).zero_point; }

int64_t wp_tensor_q_per_channel_axis(const wp_tensor *tensor) { return extra(tensor).axis; }

const wp_tensor *wp_tensor_get_part(const wp_tensor *tensor, wp_tensor_part part) {
  const auto &parts = extra(tensor).parts;
  bool there = part >= 0 && static_cast<size_t>(part) < parts.size();
  return there ? wrap_handle(parts[static_cast<size_t>(part)].get()) : nullptr;
}

wp_error *wp_tensor_data(const void **out, const wp_tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(tensor, "tensor is NULL");
  *out = unwrap(tensor)->data();
  WP_GUARD_END
}

wp_error *wp_tensor_mutable_data(void **out, wp_tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(tensor, "tensor is NULL");
  *out = unwrap(tensor)->mutable_data();
  WP_GUARD_END
}

wp_error *wp_tensor_private_data(void **out, wp_tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(tensor, "tensor is NULL");
  *out = unwrap(tensor)->private_data();
  WP_GUARD_END
}

wp_error *wp_tensor_read(const wp_tensor *tensor, void *buffer, size_t nbytes, wp_dtype as) {
  WP_GUARD_BEGIN
  require(tensor, "tensor is NULL");
  require(buffer || nbytes == 0, "buffer is NULL");
  require_dtype(as);
  read_elements(*unwrap(tensor), {static_cast<std::byte *>(buffer), nbytes}, as);
  WP_GUARD_END
}

wp_error *wp_tensor_contiguous(wp_tensor **out, const wp_tensor *tensor) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(tensor, "tensor is NULL");
  *out = give(contiguous_copy(*unwrap(tensor), unwrap(tensor)->dtype()));
  WP_GUARD_END
}

wp_error *wp_tensor_to(wp_tensor **out, const wp_tensor *tensor, wp_dtype dtype) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(tensor, "tensor is NULL");
  require_dtype(dtype);
  *out = give(contiguous_copy(*unwrap(tensor), dtype));
  WP_GUARD_END
}

wp_error *wp_tensor_item(double *out, const wp_tensor *tensor) {
  if (out) *out = 0;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(tensor, "tensor is NULL");
  *out = single_element(*unwrap(tensor));
  WP_GUARD_END
}

wp_error *wp_tensor_view(wp_tensor **out, const wp_tensor *tensor, int64_t offset, const int64_t *shape, const int64_t *strides,
                         size_t ndim) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(tensor, "tensor is NULL");
  *out = give(view_tensor(*unwrap(tensor), offset, dims(shape, ndim), strides));
  WP_GUARD_END
}

}  // extern "C"
