// SPDX-License-Identifier: MIT
#include "tensor/dtype.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weightport {
namespace {

// In the order of c10::ScalarType.
constexpr DtypeInfo kDtypes[] = {
    {"uint8", "ByteStorage", 1, 1},
    {"int8", "CharStorage", 1, 1},
    {"int16", "ShortStorage", 2, 2},
    {"int32", "IntStorage", 4, 4},
    {"int64", "LongStorage", 8, 8},
    {"float16", "HalfStorage", 2, 2},
    {"float32", "FloatStorage", 4, 4},
    {"float64", "DoubleStorage", 8, 8},
    {"complex32", nullptr, 4, 2},
    {"complex64", "ComplexFloatStorage", 8, 4},
    {"complex128", "ComplexDoubleStorage", 16, 8},
    {"bool", "BoolStorage", 1, 1},
    {"qint8", "QInt8Storage", 1, 1},
    {"quint8", "QUInt8Storage", 1, 1},
    {"qint32", "QInt32Storage", 4, 4},
    {"bfloat16", "BFloat16Storage", 2, 2},
    {"quint4x2", "QUInt4x2Storage", 1, 1, 2},
    {"quint2x4", "QUInt2x4Storage", 1, 1, 4},
    {"bits1x8", nullptr, 1, 1},
    {"bits2x4", nullptr, 1, 1},
    {"bits4x2", nullptr, 1, 1},
    {"bits8", nullptr, 1, 1},
    {"bits16", nullptr, 2, 2},
    {"float8_e5m2", nullptr, 1, 1},
    {"float8_e4m3fn", nullptr, 1, 1},
    {"float8_e5m2fnuz", nullptr, 1, 1},
    {"float8_e4m3fnuz", nullptr, 1, 1},
    {"uint16", nullptr, 2, 2},
    {"uint32", nullptr, 4, 4},
    {"uint64", nullptr, 8, 8},
    {"uint1", nullptr, 1, 1},
    {"uint2", nullptr, 1, 1},
    {"uint3", nullptr, 1, 1},
    {"uint4", nullptr, 1, 1},
    {"uint5", nullptr, 1, 1},
    {"uint6", nullptr, 1, 1},
    {"uint7", nullptr, 1, 1},
    {"int1", nullptr, 1, 1},
    {"int2", nullptr, 1, 1},
    {"int3", nullptr, 1, 1},
    {"int4", nullptr, 1, 1},
    {"int5", nullptr, 1, 1},
    {"int6", nullptr, 1, 1},
    {"int7", nullptr, 1, 1},
    {"float8_e8m0fnu", nullptr, 1, 1},
    {"float4_e2m1fn_x2", nullptr, 1, 1},
    {"bcomplex32", nullptr, 4, 2},
};

constexpr std::pair<std::string_view, wp_dtype> kAliases[] = {
    {"float", WP_DTYPE_FLOAT32},   {"double", WP_DTYPE_FLOAT64},   {"half", WP_DTYPE_FLOAT16},
    {"short", WP_DTYPE_INT16},     {"int", WP_DTYPE_INT32},        {"long", WP_DTYPE_INT64},
    {"chalf", WP_DTYPE_COMPLEX32}, {"cfloat", WP_DTYPE_COMPLEX64}, {"cdouble", WP_DTYPE_COMPLEX128},
};

// By number.
constexpr const char *kLayouts[] = {"strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc"};
constexpr const char *kSchemes[] = {"per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric",
                                    "per_channel_affine_float_qparams"};

template <size_t kSize>
int32_t number_of(const char *const (&names)[kSize], std::string_view name, int32_t otherwise) noexcept {
  auto found = std::find(std::begin(names), std::end(names), name);
  return found == std::end(names) ? otherwise : static_cast<int32_t>(found - std::begin(names));
}
// Of dtypes that have no typed storage in Python: how c10::toString() spells the ScalarType.
constexpr std::pair<std::string_view, wp_dtype> kScriptNames[] = {
    {"ComplexHalf", WP_DTYPE_COMPLEX32},
    {"Bits1x8", WP_DTYPE_BITS1X8},
    {"Bits2x4", WP_DTYPE_BITS2X4},
    {"Bits4x2", WP_DTYPE_BITS4X2},
    {"Bits8", WP_DTYPE_BITS8},
    {"Bits16", WP_DTYPE_BITS16},
    {"Float8_e5m2", WP_DTYPE_FLOAT8_E5M2},
    {"Float8_e4m3fn", WP_DTYPE_FLOAT8_E4M3FN},
    {"Float8_e5m2fnuz", WP_DTYPE_FLOAT8_E5M2FNUZ},
    {"Float8_e4m3fnuz", WP_DTYPE_FLOAT8_E4M3FNUZ},
    {"UInt16", WP_DTYPE_UINT16},
    {"UInt32", WP_DTYPE_UINT32},
    {"UInt64", WP_DTYPE_UINT64},
    {"UInt1", WP_DTYPE_UINT1},
    {"UInt2", WP_DTYPE_UINT2},
    {"UInt3", WP_DTYPE_UINT3},
    {"UInt4", WP_DTYPE_UINT4},
    {"UInt5", WP_DTYPE_UINT5},
    {"UInt6", WP_DTYPE_UINT6},
    {"UInt7", WP_DTYPE_UINT7},
    {"Int1", WP_DTYPE_INT1},
    {"Int2", WP_DTYPE_INT2},
    {"Int3", WP_DTYPE_INT3},
    {"Int4", WP_DTYPE_INT4},
    {"Int5", WP_DTYPE_INT5},
    {"Int6", WP_DTYPE_INT6},
    {"Int7", WP_DTYPE_INT7},
    {"Float8_e8m0fnu", WP_DTYPE_FLOAT8_E8M0FNU},
    {"Float4_e2m1fn_x2", WP_DTYPE_FLOAT4_E2M1FN_X2},
    {"BComplex32", WP_DTYPE_BCOMPLEX32},
};

}  // namespace

const DtypeInfo *dtype_info(wp_dtype dtype) noexcept {
  return dtype >= 0 && dtype < static_cast<wp_dtype>(std::size(kDtypes)) ? &kDtypes[dtype] : nullptr;
}

wp_dtype dtype_from_name(std::string_view name) noexcept {
  for (size_t i = 0; i < std::size(kDtypes); ++i) {
    if (name == kDtypes[i].name) return static_cast<wp_dtype>(i);
  }
  for (const auto &[alias, dtype] : kAliases) {
    if (name == alias) return dtype;
  }
  return WP_DTYPE_UNDEFINED;
}

wp_dtype dtype_from_storage(std::string_view storage) noexcept {
  for (size_t i = 0; i < std::size(kDtypes); ++i) {
    if (kDtypes[i].storage && storage == kDtypes[i].storage) return static_cast<wp_dtype>(i);
  }
  return WP_DTYPE_UNDEFINED;
}

const char *layout_name(wp_layout layout) noexcept { return kLayouts[layout]; }
wp_layout layout_from_name(std::string_view name) noexcept { return number_of(kLayouts, name, WP_LAYOUT_STRIDED); }
const char *qscheme_name(wp_qscheme scheme) noexcept { return kSchemes[scheme]; }
wp_qscheme qscheme_from_name(std::string_view name) noexcept { return number_of(kSchemes, name, WP_QSCHEME_NONE); }
wp_dtype dtype_from_script_storage(std::string_view storage) noexcept {
  if (wp_dtype typed = dtype_from_storage(storage); typed != WP_DTYPE_UNDEFINED) return typed;
  for (const auto &[name, dtype] : kScriptNames) {
    if (storage.starts_with(name) && storage.substr(name.size()) == "Storage") return dtype;
  }
  return WP_DTYPE_UNDEFINED;
}

bool is_floating_point(wp_dtype dtype) noexcept {
  const DtypeInfo *info = dtype_info(dtype);
  std::string_view name = info ? info->name : "";
  return name.starts_with("float") || name.starts_with("bfloat");
}

bool is_complex(wp_dtype dtype) noexcept {
  return dtype == WP_DTYPE_COMPLEX32 || dtype == WP_DTYPE_COMPLEX64 || dtype == WP_DTYPE_COMPLEX128 ||
         dtype == WP_DTYPE_BCOMPLEX32;
}

bool is_quantized(wp_dtype dtype) noexcept {
  return dtype == WP_DTYPE_QINT8 || dtype == WP_DTYPE_QUINT8 || dtype == WP_DTYPE_QINT32 || dtype == WP_DTYPE_QUINT4X2 ||
         dtype == WP_DTYPE_QUINT2X4;
}

}  // namespace weightport
