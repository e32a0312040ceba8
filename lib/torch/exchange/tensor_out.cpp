// SPDX-License-Identifier: MIT
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "exchange/backend_tag.hpp"
#include "exchange/fail.hpp"
#include "exchange/tensor.hpp"

namespace weightport::libtorch {

const char kBackendTag = 0;

namespace {

void release(void *user) { delete static_cast<at::Tensor *>(user); }

// The storage's bytes as a tensor, on whatever device it is.
at::Tensor bytes_of(const at::Tensor &tensor) {
  at::NoGradGuard no_grad;
  auto nbytes = static_cast<int64_t>(tensor.storage().nbytes());
  return at::empty({0}, tensor.options().dtype(at::kByte).requires_grad(false)).set_(tensor.storage(), 0, {nbytes}, {1});
}

int32_t copy_to_host(void *buffer, uint64_t nbytes, void *user) {
  try {
    at::Tensor host = bytes_of(*static_cast<at::Tensor *>(user)).cpu();
    std::memcpy(buffer, host.data_ptr(), nbytes);
    return 0;
  } catch (...) {
    return 1;
  }
}

}  // namespace

Tensor TensorExporter::operator()(const at::Tensor &source) {
  if (!source.defined()) fail(WP_ERROR_UNSUPPORTED, "the tensor is undefined");
  if (source.layout() != at::kStrided) fail(WP_ERROR_UNSUPPORTED, "a tensor of a sparse or packed layout cannot be given out");
  if (source.is_quantized()) fail(WP_ERROR_UNSUPPORTED, "a quantized tensor cannot be given out: dequantize it in the model");
  if (source.is_meta()) fail(WP_ERROR_UNSUPPORTED, "a tensor on the device \"meta\" has no bytes to give out");
  // A conjugate or negative view is only a mark on the numbers.
  auto tensor = std::make_unique<at::Tensor>(source.resolve_conj().resolve_neg());
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  desc.dtype = static_cast<wp_dtype>(tensor->scalar_type());
  desc.shape = tensor->sizes().data();
  desc.strides = tensor->strides().data();
  desc.ndim = static_cast<size_t>(tensor->dim());
  desc.storage_offset = tensor->storage_offset();
  desc.requires_grad = tensor->requires_grad();
  std::string device = tensor->device().str();
  Tensor &first = first_[tensor->storage().unsafeGetStorageImpl()];
  if (first) {
    desc.view_of = first.get();
  } else {
    desc.nbytes = tensor->storage().nbytes();
    desc.device = device.c_str();
    if (!tensor->is_cpu()) {
      desc.copy_to_host = copy_to_host;
    } else if (desc.nbytes) {
      // Not from data_ptr(), which is null for a tensor without elements.
      desc.data = bytes_of(*tensor).data_ptr();
    }
  }
  desc.backend_tag = &kBackendTag;
  desc.user = desc.backend = tensor.release();
  desc.release = release;
  wp_tensor *made;
  check(wp_tensor_wrap(&made, &desc));
  if (!first) first = Tensor::retain(made);
  return Tensor(made);
}

}  // namespace weightport::libtorch
