// SPDX-License-Identifier: MIT
// What PyTorch's dtypes, layouts and quantization schemes are called, and how large elements are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "weightport/tensor.h"

namespace weightport {

struct DtypeInfo {
  const char *name;     // as in str(dtype), without "torch."
  const char *storage;  // class of the typed storage that pickles name, without "torch."; null if there is none
  size_t itemsize;
  size_t unit;          // bytes that change places together in another byte order: half an element for complex numbers
  size_t per_byte = 1;  // elements that share a byte, as shapes and strides count them
};

// Null for a number that is no dtype.
const DtypeInfo *dtype_info(wp_dtype dtype) noexcept;
inline size_t itemsize(wp_dtype dtype) noexcept { return dtype_info(dtype)->itemsize; }
inline size_t elements_per_byte(wp_dtype dtype) noexcept { return dtype_info(dtype)->per_byte; }
// Of so many contiguous elements; the product with the itemsize has been checked.
inline uint64_t bytes_of(wp_dtype dtype, int64_t numel) noexcept {
  const DtypeInfo &info = *dtype_info(dtype);
  uint64_t bytes = static_cast<uint64_t>(numel) * info.itemsize;
  return bytes / info.per_byte + (bytes % info.per_byte != 0);
}

wp_dtype dtype_from_name(std::string_view name) noexcept;        // "float32" or an alias ("float", "half", "long")
wp_dtype dtype_from_storage(std::string_view storage) noexcept;  // "FloatStorage"
// What TorchScript names, which has a typed storage for every dtype: "Float8_e5m2Storage".
wp_dtype dtype_from_script_storage(std::string_view storage) noexcept;

// Without "torch.": "sparse_coo". What is none has WP_LAYOUT_STRIDED.
const char *layout_name(wp_layout layout) noexcept;
wp_layout layout_from_name(std::string_view name) noexcept;
// "per_tensor_affine". What is none has WP_QSCHEME_NONE, which has no name.
const char *qscheme_name(wp_qscheme scheme) noexcept;
wp_qscheme qscheme_from_name(std::string_view name) noexcept;

bool is_floating_point(wp_dtype dtype) noexcept;
bool is_complex(wp_dtype dtype) noexcept;
bool is_quantized(wp_dtype dtype) noexcept;

}  // namespace weightport
