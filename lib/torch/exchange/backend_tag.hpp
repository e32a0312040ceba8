// SPDX-License-Identifier: MIT
// What marks a wp_tensor as one of libtorch's.
#pragma once

namespace weightport::libtorch {

// Its address is the tag; the tensor's backend is then an at::Tensor.
extern const char kBackendTag;

}  // namespace weightport::libtorch
