// SPDX-License-Identifier: MIT
// Tensors that a caller describes, and not a file: what is wrong with them is the caller's mistake.
#pragma once

#include <cstddef>
#include <span>

#include "tensor/tensor.hpp"

struct DLManagedTensor;

namespace weightport {

// Throws INVALID_ARGUMENT for an unknown dtype, too many dimensions, a negative size, or more than 2^63 bytes.
void check_shape(wp_dtype dtype, Dims shape);

// See wp_tensor_create(), wp_tensor_from_data() and wp_tensor_view(); null strides mean contiguous.
Ref<Tensor> create_tensor(wp_dtype dtype, Dims shape);
Ref<Tensor> tensor_from_data(wp_dtype dtype, Dims shape, std::span<const std::byte> data);
Ref<Tensor> view_tensor(const Tensor &tensor, int64_t offset, Dims shape, const int64_t *strides);

// Calls desc.release once, also when it throws. `base` is desc.view_of. See wp_tensor_wrap().
Ref<Tensor> wrap(const wp_tensor_desc &desc, const Tensor *base = nullptr);
// The backend pointer given to wrap() under this tag, or null.
void *backend(const Tensor &tensor, const void *tag) noexcept;

// Calls the deleter once, also when it throws. See wp_tensor_from_dlpack().
Ref<Tensor> from_dlpack(DLManagedTensor *managed);
DLManagedTensor *to_dlpack(const Tensor &tensor);

}  // namespace weightport
