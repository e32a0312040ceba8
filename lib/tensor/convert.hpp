// SPDX-License-Identifier: MIT
// Copies of a tensor's elements: made contiguous, in another dtype.
#pragma once

#include <cstddef>
#include <span>

#include "tensor/tensor.hpp"

namespace weightport {

// Writes the elements in row-major order, converted as Tensor.to() does, conj and neg bits applied. `out` must be exactly
// numel * itemsize(as) bytes. Throws MISMATCH, UNSUPPORTED, and what reading the tensor throws.
void read_elements(const Tensor &tensor, std::span<std::byte> out, wp_dtype as);

// An owned, contiguous copy that keeps requires_grad, is_parameter and the quantizer.
Ref<Tensor> contiguous_copy(const Tensor &tensor, wp_dtype as);

// The only element, as a double. Throws MISMATCH, UNSUPPORTED.
double single_element(const Tensor &tensor);

}  // namespace weightport
