// SPDX-License-Identifier: MIT
// What PyTorch's dtypes are called and how large their elements are.
#pragma once

#include <cstddef>
#include <string_view>

#include "weightport/tensor.h"

namespace weightport {

struct DtypeInfo {
  const char *name;     // as in str(dtype), without "torch."
  const char *storage;  // class of the typed storage that pickles name, without "torch."; null if there is none
  size_t itemsize;
  size_t unit;  // bytes that change places together in another byte order: half an element for complex numbers
};

// Null for a number that is no dtype.
const DtypeInfo *dtype_info(wp_dtype dtype) noexcept;
inline size_t itemsize(wp_dtype dtype) noexcept { return dtype_info(dtype)->itemsize; }

wp_dtype dtype_from_name(std::string_view name) noexcept;        // "float32" or an alias ("float", "half", "long")
wp_dtype dtype_from_storage(std::string_view storage) noexcept;  // "FloatStorage"

bool is_floating_point(wp_dtype dtype) noexcept;
bool is_complex(wp_dtype dtype) noexcept;
bool is_quantized(wp_dtype dtype) noexcept;

}  // namespace weightport
