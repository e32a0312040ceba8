// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>
#include <optional>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "tensor/dlpack_abi.hpp"
#include "tensor/wrap.hpp"

namespace weightport {
namespace {

struct Pair {
  wp_dtype dtype;
  DLDataType dl;
};

constexpr Pair kPairs[] = {
    {WP_DTYPE_UINT8, {kDLUInt, 8, 1}},
    {WP_DTYPE_INT8, {kDLInt, 8, 1}},
    {WP_DTYPE_INT16, {kDLInt, 16, 1}},
    {WP_DTYPE_INT32, {kDLInt, 32, 1}},
    {WP_DTYPE_INT64, {kDLInt, 64, 1}},
    {WP_DTYPE_FLOAT16, {kDLFloat, 16, 1}},
    {WP_DTYPE_FLOAT32, {kDLFloat, 32, 1}},
    {WP_DTYPE_FLOAT64, {kDLFloat, 64, 1}},
    {WP_DTYPE_COMPLEX32, {kDLComplex, 32, 1}},
    {WP_DTYPE_COMPLEX64, {kDLComplex, 64, 1}},
    {WP_DTYPE_COMPLEX128, {kDLComplex, 128, 1}},
    {WP_DTYPE_BOOL, {kDLBool, 8, 1}},
    {WP_DTYPE_BFLOAT16, {kDLBfloat, 16, 1}},
    {WP_DTYPE_UINT16, {kDLUInt, 16, 1}},
    {WP_DTYPE_UINT32, {kDLUInt, 32, 1}},
    {WP_DTYPE_UINT64, {kDLUInt, 64, 1}},
    {WP_DTYPE_FLOAT8_E5M2, {kDLFloat8_e5m2, 8, 1}},
    {WP_DTYPE_FLOAT8_E4M3FN, {kDLFloat8_e4m3fn, 8, 1}},
    {WP_DTYPE_FLOAT8_E5M2FNUZ, {kDLFloat8_e5m2fnuz, 8, 1}},
    {WP_DTYPE_FLOAT8_E4M3FNUZ, {kDLFloat8_e4m3fnuz, 8, 1}},
    {WP_DTYPE_FLOAT8_E8M0FNU, {kDLFloat8_e8m0fnu, 8, 1}},
    {WP_DTYPE_FLOAT4_E2M1FN_X2, {kDLFloat4_e2m1fn, 4, 2}},
};

wp_dtype dtype_of(DLDataType dl) {
  for (const auto &pair : kPairs) {
    if (pair.dl.code == dl.code && pair.dl.bits == dl.bits && pair.dl.lanes == dl.lanes) return pair.dtype;
  }
  fail(WP_ERROR_UNSUPPORTED, "PyTorch has no dtype for DLPack's code ", dl.code, " of ", dl.bits, " bits and ", dl.lanes,
       " lanes");
}

DLDataType dl_of(wp_dtype dtype) {
  for (const auto &pair : kPairs) {
    if (pair.dtype == dtype) return pair.dl;
  }
  fail(WP_ERROR_UNSUPPORTED, "DLPack has no ", dtype_info(dtype)->name);
}

// Bytes from the first element to the end of the last: DLPack does not say how large the memory is.
uint64_t reach(wp_dtype dtype, Dims shape, Dims strides) {
  if (element_count(shape) == 0) return 0;
  std::optional<uint64_t> elements = 1;
  for (size_t i = 0; i < shape.size() && elements; ++i) {
    auto step = checked_mul(static_cast<uint64_t>(shape[i] - 1), static_cast<uint64_t>(strides[i]));
    elements = step ? checked_add(*elements, *step) : std::nullopt;
  }
  auto bytes = elements ? checked_mul(*elements, static_cast<uint64_t>(itemsize(dtype))) : std::nullopt;
  if (!bytes) fail(WP_ERROR_INVALID_ARGUMENT, "the strides of the DLPack tensor overflow");
  return *bytes;
}

void delete_managed(void *managed) {
  auto *self = static_cast<DLManagedTensor *>(managed);
  if (self->deleter) self->deleter(self);
}

wp_tensor_desc describe(const DLTensor &dl, int64_t *contiguous) {
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  if (dl.device.device_type != kDLCPU) {
    fail(WP_ERROR_UNSUPPORTED, "the DLPack tensor is on a device of type ", dl.device.device_type, ", not on the CPU");
  }
  if (dl.ndim < 0 || (dl.ndim && !dl.shape)) fail(WP_ERROR_INVALID_ARGUMENT, "the DLPack tensor has no shape");
  desc.dtype = dtype_of(dl.dtype);
  desc.shape = dl.shape;
  desc.ndim = static_cast<size_t>(dl.ndim);
  Dims shape(desc.shape, desc.ndim);
  check_shape(desc.dtype, shape);
  if (!dl.strides) contiguous_strides(shape, contiguous);
  desc.strides = dl.strides ? dl.strides : contiguous;
  if (std::any_of(desc.strides, desc.strides + desc.ndim, [](int64_t stride) { return stride < 0; })) {
    fail(WP_ERROR_UNSUPPORTED, "the DLPack tensor has a negative stride");
  }
  desc.nbytes = reach(desc.dtype, shape, {desc.strides, desc.ndim});
  if (dl.data) desc.data = static_cast<std::byte *>(dl.data) + dl.byte_offset;
  return desc;
}

// A capsule and what keeps its memory, shape and strides alive.
struct Export {
  DLManagedTensor managed;
  Ref<Tensor> tensor;
};

}  // namespace

Ref<Tensor> from_dlpack(DLManagedTensor *managed) {
  std::unique_ptr<DLManagedTensor, void (*)(void *)> owner(managed, delete_managed);
  int64_t contiguous[Tensor::kMaxDims];
  wp_tensor_desc desc = describe(managed->dl_tensor, contiguous);
  desc.release = delete_managed;
  desc.user = owner.release();
  return wrap(desc);
}

DLManagedTensor *to_dlpack(const Tensor &tensor) {
  if (const TensorExtra *extra = tensor.extra(); extra && (extra->conj || extra->neg)) {
    fail(WP_ERROR_UNSUPPORTED, "DLPack has no conj and neg bits: copy the tensor first");
  }
  auto *data = const_cast<std::byte *>(tensor.data());
  DLDataType dtype = dl_of(tensor.dtype());
  auto ndim = static_cast<int32_t>(tensor.ndim());
  auto out = std::make_unique<Export>(Export{{}, Ref<Tensor>::share(const_cast<Tensor *>(&tensor))});
  out->managed.dl_tensor = {data,
                            {kDLCPU, 0},
                            ndim,
                            dtype,
                            const_cast<int64_t *>(tensor.shape().data()),
                            const_cast<int64_t *>(tensor.strides().data()),
                            0};
  out->managed.manager_ctx = out.get();
  out->managed.deleter = [](DLManagedTensor *self) { delete static_cast<Export *>(self->manager_ctx); };
  return &out.release()->managed;
}

}  // namespace weightport
