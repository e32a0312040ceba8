// SPDX-License-Identifier: MIT
// What numpy calls the dtypes that PyTorch has too.
#pragma once

#include <string_view>

#include "format/pickle/emitter.hpp"
#include "weightport/tensor.h"

namespace weightport {

// "f8" and so on; WP_DTYPE_UNDEFINED for strings, structures and all else that PyTorch lacks.
wp_dtype dtype_from_numpy(std::string_view name) noexcept;

// numpy.dtype(name, align, copy), and the state that says the byte order. Throws UNSUPPORTED.
void write_numpy_dtype(Emitter &out, wp_dtype dtype, bool big_endian);

}  // namespace weightport
