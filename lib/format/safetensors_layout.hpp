// SPDX-License-Identifier: MIT
// What the reader and the writer of safetensors agree on.
#pragma once

#include <cstdint>
#include <string_view>

#include "weightport/tensor.h"

namespace weightport {

inline constexpr uint64_t kSafetensorsLengthSize = 8;
inline constexpr uint64_t kSafetensorsMaxHeader = 100'000'000;

struct SafetensorsDtype {
  std::string_view code;
  wp_dtype dtype;
};

// In the order of `enum Dtype` in safetensors/src/tensor.rs, by which files are sorted, from the last to the first.
inline constexpr SafetensorsDtype kSafetensorsDtypes[] = {
    {"BOOL", WP_DTYPE_BOOL},
    {"F4", WP_DTYPE_FLOAT4_E2M1FN_X2},
    {"U8", WP_DTYPE_UINT8},
    {"I8", WP_DTYPE_INT8},
    {"F8_E5M2", WP_DTYPE_FLOAT8_E5M2},
    {"F8_E4M3", WP_DTYPE_FLOAT8_E4M3FN},
    {"F8_E8M0", WP_DTYPE_FLOAT8_E8M0FNU},
    {"F8_E4M3FNUZ", WP_DTYPE_FLOAT8_E4M3FNUZ},
    {"F8_E5M2FNUZ", WP_DTYPE_FLOAT8_E5M2FNUZ},
    {"I16", WP_DTYPE_INT16},
    {"U16", WP_DTYPE_UINT16},
    {"F16", WP_DTYPE_FLOAT16},
    {"BF16", WP_DTYPE_BFLOAT16},
    {"I32", WP_DTYPE_INT32},
    {"U32", WP_DTYPE_UINT32},
    {"F32", WP_DTYPE_FLOAT32},
    {"C64", WP_DTYPE_COMPLEX64},
    {"F64", WP_DTYPE_FLOAT64},
    {"I64", WP_DTYPE_INT64},
    {"U64", WP_DTYPE_UINT64},
};

}  // namespace weightport
