// SPDX-License-Identifier: MIT
#include "tensor/wrap.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "base/checked.hpp"
#include "base/error.hpp"

namespace weightport {
namespace {

// What the caller wants back once nothing needs its memory any more.
class Release {
 public:
  explicit Release(const wp_tensor_desc &desc) : release_(desc.release), user_(desc.user) {}
  Release(Release &&other) noexcept : release_(std::exchange(other.release_, nullptr)), user_(other.user_) {}
  ~Release() {
    if (release_) release_(user_);
  }

 private:
  void (*release_)(void *user);
  void *user_;
};

class WrappedStorage final : public Storage {
 public:
  WrappedStorage(const wp_tensor_desc &desc, std::string device, Release &release)
      : Storage(desc.nbytes, std::move(device)),
        release_(std::move(release)),
        copy_to_host_(desc.copy_to_host),
        user_(desc.user) {
    // What is written to a copy would never get back to where it came from.
    if (desc.read_only || copy_to_host_) set_read_only();
    if (desc.data && !copy_to_host_) set_data(static_cast<std::byte *>(desc.data), true);
  }

 private:
  Buffer fetch() const override {
    Buffer host(nbytes());
    int32_t status = copy_to_host_ && nbytes() ? copy_to_host_(host.data(), nbytes(), user_) : 0;
    if (status) callback_failed(status, "copy_to_host returned ", status, " for ", nbytes(), " bytes");
    return host;
  }

  Release release_;
  int32_t (*copy_to_host_)(void *buffer, uint64_t nbytes, void *user);
  void *user_;
};

// Of a view, the one of its base; what is released with it stays with the caller.
Ref<Storage> storage_of(const wp_tensor_desc &desc, const Tensor *base, Release &release) {
  if (!base) {
    if (desc.nbytes && !desc.data && !desc.copy_to_host) fail(WP_ERROR_INVALID_ARGUMENT, "wp_tensor_desc.data is NULL");
    return make_ref<WrappedStorage>(desc, desc.device ? desc.device : "cpu", release);
  }
  if (desc.data || desc.nbytes) fail(WP_ERROR_INVALID_ARGUMENT, "wp_tensor_desc has data of its own beside view_of");
  if (!base->storage()) fail(WP_ERROR_UNSUPPORTED, "wp_tensor_desc.view_of is a sparse or meta tensor, which has no storage");
  return Ref<Storage>::share(base->storage());
}

Ref<Tensor> strided(Ref<Storage> storage, wp_dtype dtype, Dims shape, const int64_t *strides, int64_t offset) {
  check_shape(dtype, shape);
  int64_t contiguous[Tensor::kMaxDims];
  if (!strides) {
    contiguous_strides(shape, contiguous);
    strides = contiguous;
  }
  if (std::any_of(strides, strides + shape.size(), [](int64_t stride) { return stride < 0; })) {
    fail(WP_ERROR_INVALID_ARGUMENT, "a stride is negative");
  }
  if (offset < 0) fail(WP_ERROR_INVALID_ARGUMENT, "the storage offset is negative: ", offset);
  try {
    return make_ref<Tensor>(std::move(storage), dtype, shape, Dims{strides, shape.size()}, offset);
  } catch (const Error &e) {
    // After the checks above, only this is left: the view leaves its storage.
    fail(WP_ERROR_MISMATCH, e.message());
  }
}

}  // namespace

void check_shape(wp_dtype dtype, Dims shape) {
  const DtypeInfo *info = dtype_info(dtype);
  if (!info) fail(WP_ERROR_INVALID_ARGUMENT, "no dtype has the number ", dtype);
  if (shape.size() > Tensor::kMaxDims) {
    fail(WP_ERROR_INVALID_ARGUMENT, shape.size(), " dimensions are more than ", Tensor::kMaxDims);
  }
  auto nbytes = static_cast<int64_t>(info->itemsize);
  bool overflow = false;
  for (int64_t size : shape) {
    if (size < 0) fail(WP_ERROR_INVALID_ARGUMENT, "a size is negative: ", size);
    overflow |= __builtin_mul_overflow(nbytes, std::max<int64_t>(size, 1), &nbytes);
  }
  if (overflow) fail(WP_ERROR_INVALID_ARGUMENT, "the sizes give more than 2^63 bytes");
}

Ref<Tensor> create_tensor(wp_dtype dtype, Dims shape) {
  check_shape(dtype, shape);
  return zeros(dtype, shape);
}

Ref<Tensor> tensor_from_data(wp_dtype dtype, Dims shape, std::span<const std::byte> data) {
  check_shape(dtype, shape);
  uint64_t nbytes = bytes_of(dtype, element_count(shape));
  if (data.size() != nbytes) {
    fail(WP_ERROR_MISMATCH, "a ", dtype_info(dtype)->name, " tensor of this shape has ", nbytes, " bytes, not ", data.size());
  }
  Buffer copy(nbytes);
  if (nbytes) std::memcpy(copy.data(), data.data(), data.size());
  return strided(owned_storage(std::move(copy)), dtype, shape, nullptr, 0);
}

Ref<Tensor> view_tensor(const Tensor &tensor, int64_t offset, Dims shape, const int64_t *strides) {
  if (!tensor.storage()) fail(WP_ERROR_UNSUPPORTED, "a sparse or meta tensor has no storage to view");
  if (is_quantized(tensor.dtype())) fail(WP_ERROR_UNSUPPORTED, "a view of a quantized tensor would lose its scale");
  auto view = strided(Ref<Storage>::share(tensor.storage()), tensor.dtype(), shape, strides, offset);
  if (const TensorExtra *base = tensor.extra(); base && (base->conj || base->neg)) {
    auto extra = std::make_unique<TensorExtra>();
    extra->conj = base->conj;
    extra->neg = base->neg;
    view = make_ref<Tensor>(*view, std::move(extra));
  }
  view->set_requires_grad(tensor.hands_on_requires_grad());
  return view;
}

Ref<Tensor> wrap(const wp_tensor_desc &desc, const Tensor *base) {
  Release release(desc);
  if (desc.requires_grad && !is_floating_point(desc.dtype) && !is_complex(desc.dtype)) {
    fail(WP_ERROR_INVALID_ARGUMENT, "only tensors of floating point and complex dtypes can require gradients");
  }
  if (desc.ndim && !desc.shape) fail(WP_ERROR_INVALID_ARGUMENT, "wp_tensor_desc.shape is NULL");
  auto tensor =
      strided(storage_of(desc, base, release), desc.dtype, {desc.shape, desc.ndim}, desc.strides, desc.storage_offset);
  if (desc.backend_tag || base) {
    auto extra = std::make_unique<TensorExtra>();
    extra->backend_tag = desc.backend_tag;
    extra->backend = desc.backend;
    if (base) extra->backend_owner = std::make_shared<Release>(std::move(release));
    tensor = make_ref<Tensor>(*tensor, std::move(extra));
  }
  tensor->set_requires_grad(desc.requires_grad);
  return tensor;
}

void *backend(const Tensor &tensor, const void *tag) noexcept {
  const TensorExtra *extra = tensor.extra();
  return tag && extra && extra->backend_tag == tag ? extra->backend : nullptr;
}

}  // namespace weightport
