// SPDX-License-Identifier: MIT
#include "format/pickle/numpy_dtype.hpp"

#include <utility>

#include "base/error.hpp"
#include "tensor/dtype.hpp"

namespace weightport {
namespace {

constexpr std::pair<std::string_view, wp_dtype> kNames[] = {
    {"b1", WP_DTYPE_BOOL},      {"i1", WP_DTYPE_INT8},        {"i2", WP_DTYPE_INT16},          {"i4", WP_DTYPE_INT32},
    {"i8", WP_DTYPE_INT64},     {"u1", WP_DTYPE_UINT8},       {"u2", WP_DTYPE_UINT16},         {"u4", WP_DTYPE_UINT32},
    {"u8", WP_DTYPE_UINT64},    {"f2", WP_DTYPE_FLOAT16},     {"f4", WP_DTYPE_FLOAT32},        {"f8", WP_DTYPE_FLOAT64},
    {"c8", WP_DTYPE_COMPLEX64}, {"c16", WP_DTYPE_COMPLEX128}, {"bfloat16", WP_DTYPE_BFLOAT16}, {"bool", WP_DTYPE_BOOL},
};

}  // namespace

wp_dtype dtype_from_numpy(std::string_view name) noexcept {
  for (const auto &[numpy_name, dtype] : kNames) {
    if (name == numpy_name) return dtype;
  }
  return WP_DTYPE_UNDEFINED;
}

void write_numpy_dtype(Emitter &out, wp_dtype dtype, bool big_endian) {
  std::string_view name;
  for (const auto &[numpy_name, known] : kNames) {
    if (known == dtype && name.empty()) name = numpy_name;
  }
  if (name.empty()) fail(WP_ERROR_UNSUPPORTED, "numpy has no dtype ", dtype_info(dtype)->name);
  out.global("numpy", "dtype");
  out.string(name);
  out.boolean(false);
  out.boolean(true);
  out.tuple(3);
  out.op(Opcode::kReduce);
  out.op(Opcode::kMark);
  out.integer(int64_t{3});
  out.string(itemsize(dtype) == 1 ? "|" : big_endian ? ">" : "<");
  for (int i = 0; i < 3; ++i) out.op(Opcode::kNone);
  out.integer(int64_t{-1});
  out.integer(int64_t{-1});
  out.integer(int64_t{0});
  out.op(Opcode::kTuple);
  out.op(Opcode::kBuild);
}

}  // namespace weightport
