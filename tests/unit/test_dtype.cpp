// SPDX-License-Identifier: MIT
// dtypes and the conversions between them. What narrow floating-point codes stand for is computed here by ldexp().
#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "tensor/convert.hpp"
#include "tensor/dtype.hpp"
#include "tensor/wrap.hpp"

// Last: it defines macros with common names.
extern "C" {
#include <cmocka.h>
}

using namespace weightport;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

template <class To, class From>
std::vector<To> convert(const std::vector<From> &from, wp_dtype dtype, wp_dtype as) {
  int64_t size = static_cast<int64_t>(from.size() * sizeof(From) / itemsize(dtype) * elements_per_byte(dtype));
  std::vector<To> out(bytes_of(as, size) / sizeof(To));
  auto tensor = tensor_from_data(dtype, {&size, 1}, std::as_bytes(std::span(from)));
  read_elements(*tensor, std::as_writable_bytes(std::span(out)), as);
  return out;
}

template <class To, class From>
To convert_one(From from, wp_dtype dtype, wp_dtype as) {
  return convert<To>(std::vector<From>{from}, dtype, as)[0];
}

// ---- dtypes

struct Dtype {
  const char *name;
  size_t size;
};

constexpr Dtype kDtypes[] = {
    {"uint8", 1},
    {"int8", 1},
    {"int16", 2},
    {"int32", 4},
    {"int64", 8},
    {"float16", 2},
    {"float32", 4},
    {"float64", 8},
    {"complex32", 4},
    {"complex64", 8},
    {"complex128", 16},
    {"bool", 1},
    {"qint8", 1},
    {"quint8", 1},
    {"qint32", 4},
    {"bfloat16", 2},
    {"quint4x2", 1},
    {"quint2x4", 1},
    {"bits1x8", 1},
    {"bits2x4", 1},
    {"bits4x2", 1},
    {"bits8", 1},
    {"bits16", 2},
    {"float8_e5m2", 1},
    {"float8_e4m3fn", 1},
    {"float8_e5m2fnuz", 1},
    {"float8_e4m3fnuz", 1},
    {"uint16", 2},
    {"uint32", 4},
    {"uint64", 8},
    {"uint1", 1},
    {"uint2", 1},
    {"uint3", 1},
    {"uint4", 1},
    {"uint5", 1},
    {"uint6", 1},
    {"uint7", 1},
    {"int1", 1},
    {"int2", 1},
    {"int3", 1},
    {"int4", 1},
    {"int5", 1},
    {"int6", 1},
    {"int7", 1},
    {"float8_e8m0fnu", 1},
    {"float4_e2m1fn_x2", 1},
    {"bcomplex32", 4},
};
constexpr wp_dtype kDtypeCount = static_cast<wp_dtype>(std::size(kDtypes));

constexpr wp_dtype kConvertible[] = {
    WP_DTYPE_UINT8,          WP_DTYPE_INT8,       WP_DTYPE_INT16,    WP_DTYPE_INT32,           WP_DTYPE_INT64,
    WP_DTYPE_FLOAT16,        WP_DTYPE_FLOAT32,    WP_DTYPE_FLOAT64,  WP_DTYPE_COMPLEX32,       WP_DTYPE_COMPLEX64,
    WP_DTYPE_COMPLEX128,     WP_DTYPE_BOOL,       WP_DTYPE_BFLOAT16, WP_DTYPE_FLOAT8_E5M2,     WP_DTYPE_FLOAT8_E4M3FN,
    WP_DTYPE_UINT16,         WP_DTYPE_UINT32,     WP_DTYPE_UINT64,   WP_DTYPE_FLOAT8_E5M2FNUZ, WP_DTYPE_FLOAT8_E4M3FNUZ,
    WP_DTYPE_FLOAT8_E8M0FNU, WP_DTYPE_BCOMPLEX32,
};

bool convertible(wp_dtype dtype) {
  return std::find(std::begin(kConvertible), std::end(kConvertible), dtype) != std::end(kConvertible);
}

void dtypes_have_pytorchs_names_and_sizes(void **) {
  for (wp_dtype dtype = 0; dtype < kDtypeCount; ++dtype) {
    assert_string_equal(dtype_info(dtype)->name, kDtypes[dtype].name);
    assert_int_equal(itemsize(dtype), kDtypes[dtype].size);
    assert_int_equal(dtype_info(dtype)->unit, is_complex(dtype) ? kDtypes[dtype].size / 2 : kDtypes[dtype].size);
    assert_int_equal(dtype_from_name(kDtypes[dtype].name), dtype);
  }
  assert_null(dtype_info(-1));
  assert_null(dtype_info(kDtypeCount));
}

void dtypes_have_other_names(void **) {
  assert_int_equal(dtype_from_name("half"), WP_DTYPE_FLOAT16);
  assert_int_equal(dtype_from_name("long"), WP_DTYPE_INT64);
  assert_int_equal(dtype_from_name("cdouble"), WP_DTYPE_COMPLEX128);
  assert_int_equal(dtype_from_name("float3"), WP_DTYPE_UNDEFINED);
  assert_int_equal(dtype_from_name(""), WP_DTYPE_UNDEFINED);
  assert_int_equal(dtype_from_storage("BFloat16Storage"), WP_DTYPE_BFLOAT16);
  assert_int_equal(dtype_from_storage("ByteStorage"), WP_DTYPE_UINT8);
  assert_int_equal(dtype_from_storage("UntypedStorage"), WP_DTYPE_UNDEFINED);
  assert_int_equal(dtype_from_script_storage("ByteStorage"), WP_DTYPE_UINT8);
  assert_int_equal(dtype_from_script_storage("Float8_e4m3fnStorage"), WP_DTYPE_FLOAT8_E4M3FN);
  assert_int_equal(dtype_from_storage("Float8_e4m3fnStorage"), WP_DTYPE_UNDEFINED);
  assert_int_equal(dtype_from_script_storage("Float8_e4m3fn"), WP_DTYPE_UNDEFINED);
  assert_int_equal(dtype_from_script_storage("NoStorage"), WP_DTYPE_UNDEFINED);
  assert_true(is_quantized(WP_DTYPE_QUINT2X4) && !is_quantized(WP_DTYPE_UINT8));
}

// ---- narrow floating-point formats

struct Format {
  wp_dtype dtype;
  int bits, mantissa, bias;
  uint32_t overflow;  // code of the first magnitude past the finite ones
  uint32_t nan;
  bool signed_zero;
};

constexpr Format kFormats[] = {
    {WP_DTYPE_FLOAT16, 16, 10, 15, 0x7c00, 0x7e00, true},    {WP_DTYPE_BFLOAT16, 16, 7, 127, 0x7f80, 0x7fc0, true},
    {WP_DTYPE_FLOAT8_E5M2, 8, 2, 15, 0x7c, 0x7f, true},      {WP_DTYPE_FLOAT8_E4M3FN, 8, 3, 7, 0x7f, 0x7f, true},
    {WP_DTYPE_FLOAT8_E5M2FNUZ, 8, 2, 16, 0x80, 0x80, false}, {WP_DTYPE_FLOAT8_E4M3FNUZ, 8, 3, 8, 0x80, 0x80, false},
};

uint32_t sign_bit(const Format &f) { return uint32_t{1} << (f.bits - 1); }
bool has_infinity(const Format &f) { return f.overflow != f.nan; }

// As if no code were special.
double magnitude(const Format &f, uint32_t code) {
  int exponent = static_cast<int>(code >> f.mantissa);
  double fraction = std::ldexp(code & ((1u << f.mantissa) - 1), -f.mantissa);
  return exponent ? std::ldexp(1 + fraction, exponent - f.bias) : std::ldexp(fraction, 1 - f.bias);
}

double value_of(const Format &f, uint32_t code) {
  if (!f.signed_zero && code == f.nan) return kNan;
  uint32_t low = code & (sign_bit(f) - 1);
  double value = low < f.overflow ? magnitude(f, low) : has_infinity(f) && low == f.overflow ? kInf : kNan;
  return code & sign_bit(f) ? -value : value;
}

uint32_t encoded(const Format &f, float value) {
  if (f.bits == 8) return convert_one<uint8_t>(value, WP_DTYPE_FLOAT32, f.dtype);
  return convert_one<uint16_t>(value, WP_DTYPE_FLOAT32, f.dtype);
}

std::vector<uint16_t> all_codes(const Format &f) {
  std::vector<uint16_t> codes(size_t{1} << f.bits);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<uint16_t>(i);
  return codes;
}

template <class To>
std::vector<To> decoded(const Format &f, wp_dtype as) {
  auto codes = all_codes(f);
  if (f.bits == 16) return convert<To>(codes, f.dtype, as);
  return convert<To>(std::vector<uint8_t>(codes.begin(), codes.end()), f.dtype, as);
}

void every_code_has_its_value(void **) {
  for (const auto &f : kFormats) {
    auto floats = decoded<float>(f, WP_DTYPE_FLOAT32);
    auto doubles = decoded<double>(f, WP_DTYPE_FLOAT64);
    for (uint32_t code = 0; code < floats.size(); ++code) {
      double expected = value_of(f, code);
      if (std::isnan(expected)) {
        assert_true(std::isnan(floats[code]) && std::isnan(doubles[code]));
      } else {
        assert_true(floats[code] == expected && std::signbit(floats[code]) == std::signbit(expected));
        assert_true(doubles[code] == expected);
      }
    }
  }
}

void every_code_comes_back(void **) {
  for (const auto &f : kFormats) {
    auto floats = decoded<float>(f, WP_DTYPE_FLOAT32);
    auto back = f.bits == 16 ? convert<uint16_t>(floats, WP_DTYPE_FLOAT32, f.dtype) : std::vector<uint16_t>();
    if (f.bits == 8) {
      auto bytes = convert<uint8_t>(floats, WP_DTYPE_FLOAT32, f.dtype);
      back.assign(bytes.begin(), bytes.end());
    }
    for (uint32_t code = 0; code < back.size(); ++code) {
      if (std::isnan(floats[code])) {
        assert_true(std::isnan(value_of(f, back[code])));
      } else {
        assert_int_equal(back[code], code);
      }
    }
  }
}

// Between two neighbours: just past the lower one, the middle and its two neighbours, just before the upper one.
void float32_rounds_to_the_nearest_code_and_ties_to_even(void **) {
  for (const auto &f : kFormats) {
    std::vector<float> values;
    std::vector<uint32_t> expected;
    for (uint32_t low = 0; low < f.overflow; ++low) {
      double a = magnitude(f, low), b = magnitude(f, low + 1);
      auto middle = static_cast<float>((a + b) / 2);
      assert_true(middle == (a + b) / 2);
      uint32_t even = low % 2 ? low + 1 : low;
      for (float sign : {1.0f, -1.0f}) {
        auto expect = [&](float value, uint32_t code) {
          values.push_back(sign * value);
          bool negative = sign < 0 && (f.signed_zero || (code != 0 && code != f.nan));
          expected.push_back(negative ? code | sign_bit(f) : code);
        };
        expect(std::nextafterf(static_cast<float>(a), HUGE_VALF), low);
        expect(std::nextafterf(middle, 0), low);
        expect(middle, even);
        expect(std::nextafterf(middle, HUGE_VALF), low + 1);
      }
    }
    auto check = [&](const auto &codes) {
      for (size_t i = 0; i < codes.size(); ++i) assert_int_equal(codes[i], expected[i]);
    };
    if (f.bits == 8) check(convert<uint8_t>(values, WP_DTYPE_FLOAT32, f.dtype));
    if (f.bits == 16) check(convert<uint16_t>(values, WP_DTYPE_FLOAT32, f.dtype));
  }
}

void what_is_too_large_becomes_infinity_or_nan(void **) {
  for (const auto &f : kFormats) {
    uint32_t minus = f.signed_zero ? sign_bit(f) : 0;
    assert_int_equal(encoded(f, HUGE_VALF), f.overflow);
    assert_int_equal(encoded(f, -HUGE_VALF), f.overflow | minus);
    assert_int_equal(encoded(f, FLT_MAX), f.overflow);
    assert_int_equal(encoded(f, -FLT_MAX), f.overflow | minus);
    assert_int_equal(encoded(f, NAN) & (sign_bit(f) - 1), f.nan & (sign_bit(f) - 1));
    assert_true(std::isnan(value_of(f, encoded(f, NAN))));
    assert_int_equal(encoded(f, -0.0f), f.signed_zero ? sign_bit(f) : 0);
  }
}

void e8m0_is_an_exponent(void **) {
  std::vector<uint8_t> codes(256);
  for (size_t i = 0; i < 256; ++i) codes[i] = static_cast<uint8_t>(i);
  auto values = convert<float>(codes, WP_DTYPE_FLOAT8_E8M0FNU, WP_DTYPE_FLOAT32);
  for (int i = 0; i < 255; ++i) assert_true(values[static_cast<size_t>(i)] == std::ldexp(1.0, i - 127));
  assert_true(std::isnan(values[255]));
  assert_true(convert<uint8_t>(values, WP_DTYPE_FLOAT32, WP_DTYPE_FLOAT8_E8M0FNU) == codes);

  // Half a step rounds up, but not among float32's subnormal numbers; the sign is lost.
  std::vector<float> odd = {1.5f, std::nextafterf(1.5f, 0), -2.0f, 0.0f, HUGE_VALF, 0x1.0p-127f, 0x1.00001p-127f, 0x1.8p-128f};
  std::vector<uint8_t> expected = {128, 127, 128, 0, 255, 0, 1, 0};
  assert_true(convert<uint8_t>(odd, WP_DTYPE_FLOAT32, WP_DTYPE_FLOAT8_E8M0FNU) == expected);
}

void doubles_are_rounded_by_way_of_float32(void **) {
  // Just above a tie of float16, but the tie itself in float32.
  assert_int_equal(convert_one<uint16_t>(1 + 0x1p-11 + 0x1p-40, WP_DTYPE_FLOAT64, WP_DTYPE_FLOAT16), 0x3c00);
  assert_int_equal(convert_one<uint16_t>(1 + 0x1p-11 + 0x1p-23, WP_DTYPE_FLOAT64, WP_DTYPE_FLOAT16), 0x3c01);
}

// ---- integers, bool, complex

void integers_stay_exact(void **) {
  std::vector<int64_t> large = {INT64_MAX, INT64_MIN, -1, (int64_t{1} << 53) + 1};
  std::vector<uint64_t> same_bits = {uint64_t{INT64_MAX}, uint64_t{1} << 63, UINT64_MAX, (uint64_t{1} << 53) + 1};
  assert_true(convert<uint64_t>(large, WP_DTYPE_INT64, WP_DTYPE_UINT64) == same_bits);
  assert_true(convert<int64_t>(same_bits, WP_DTYPE_UINT64, WP_DTYPE_INT64) == large);
  // What does not fit loses its upper bits.
  std::vector<int64_t> wide = {0x1ff, -129, 0x18000, 0x1'8000'0000};
  assert_true(convert<int8_t>(wide, WP_DTYPE_INT64, WP_DTYPE_INT8) == (std::vector<int8_t>{-1, 127, 0, 0}));
  assert_true(convert<uint16_t>(wide, WP_DTYPE_INT64, WP_DTYPE_UINT16) == (std::vector<uint16_t>{0x1ff, 0xff7f, 0x8000, 0}));
  assert_true(convert<int32_t>(wide, WP_DTYPE_INT64, WP_DTYPE_INT32) ==
              (std::vector<int32_t>{0x1ff, -129, 0x18000, INT32_MIN}));
}

void integers_are_rounded_once(void **) {
  // As a double first, this would be halfway between two float32 numbers, and go down.
  int64_t value = (int64_t{1} << 60) + (int64_t{1} << 36) + 1;
  assert_true(convert_one<float>(value, WP_DTYPE_INT64, WP_DTYPE_FLOAT32) == 0x1p60f + 0x1p37f);
  assert_true(convert_one<double>(UINT64_MAX, WP_DTYPE_UINT64, WP_DTYPE_FLOAT64) == 0x1p64);
  assert_true(convert_one<float>(uint64_t{1} << 63, WP_DTYPE_UINT64, WP_DTYPE_FLOAT32) == 0x1p63f);
}

void floats_are_truncated(void **) {
  std::vector<double> in = {-1.9, 1.9, 127.5, -0.5};
  assert_true(convert<int8_t>(in, WP_DTYPE_FLOAT64, WP_DTYPE_INT8) == (std::vector<int8_t>{-1, 1, 127, 0}));
  assert_true(convert<int64_t>(in, WP_DTYPE_FLOAT64, WP_DTYPE_INT64) == (std::vector<int64_t>{-1, 1, 127, 0}));
  assert_true(convert<uint8_t>(in, WP_DTYPE_FLOAT64, WP_DTYPE_UINT8) == (std::vector<uint8_t>{255, 1, 127, 0}));
  assert_true(convert_one<uint64_t>(0x1.8p63, WP_DTYPE_FLOAT64, WP_DTYPE_UINT64) == uint64_t{3} << 62);
}

// The answers of PyTorch on x86-64.
void floats_out_of_range_are_what_the_processor_says(void **) {
  std::vector<float> in = {300, -129, 0x1p31f, -0x1.8p31f, 0x1p63f, 0x1p64f, NAN, HUGE_VALF, -HUGE_VALF};
  constexpr int32_t kMin32 = INT32_MIN;
  constexpr int64_t kMin64 = INT64_MIN;
  constexpr uint64_t kTop = uint64_t{1} << 63;
  assert_true(convert<int8_t>(in, WP_DTYPE_FLOAT32, WP_DTYPE_INT8) == (std::vector<int8_t>{44, 127, 0, 0, 0, 0, 0, 0, 0}));
  assert_true(convert<uint8_t>(in, WP_DTYPE_FLOAT32, WP_DTYPE_UINT8) == (std::vector<uint8_t>{44, 127, 0, 0, 0, 0, 0, 0, 0}));
  assert_true(convert<int32_t>(in, WP_DTYPE_FLOAT32, WP_DTYPE_INT32) ==
              (std::vector<int32_t>{300, -129, kMin32, kMin32, kMin32, kMin32, kMin32, kMin32, kMin32}));
  assert_true(convert<int64_t>(in, WP_DTYPE_FLOAT32, WP_DTYPE_INT64) ==
              (std::vector<int64_t>{300, -129, 0x80000000, -0xc0000000LL, kMin64, kMin64, kMin64, kMin64, kMin64}));
  assert_true(convert<uint64_t>(in, WP_DTYPE_FLOAT32, WP_DTYPE_UINT64) ==
              (std::vector<uint64_t>{300, UINT64_MAX - 128, 0x80000000, UINT64_MAX - 0xbfffffff, kTop, 0, kTop, 0, kTop}));
}

void bool_is_whether_it_is_not_zero(void **) {
  using Bytes = std::vector<uint8_t>;
  assert_true(convert<uint8_t>(std::vector<float>{0, -0.0f, 0.25f, NAN}, WP_DTYPE_FLOAT32, WP_DTYPE_BOOL) ==
              (Bytes{0, 0, 1, 1}));
  assert_true(convert<uint8_t>(std::vector<int64_t>{0, int64_t{1} << 32}, WP_DTYPE_INT64, WP_DTYPE_BOOL) == (Bytes{0, 1}));
  assert_true(convert<uint8_t>(std::vector<float>{0, 0, 0, 2, 3, 0}, WP_DTYPE_COMPLEX64, WP_DTYPE_BOOL) == (Bytes{0, 1, 1}));
  // A file may hold other bytes than 0 and 1.
  assert_true(convert<float>(Bytes{0, 1, 7}, WP_DTYPE_BOOL, WP_DTYPE_FLOAT32) == (std::vector<float>{0, 1, 1}));
}

void complex_numbers_have_two_parts(void **) {
  std::vector<double> in = {1.5, -2, 1e300, 0};
  assert_true(convert<float>(in, WP_DTYPE_COMPLEX128, WP_DTYPE_COMPLEX64) == (std::vector<float>{1.5f, -2, HUGE_VALF, 0}));
  assert_true(convert<uint16_t>(in, WP_DTYPE_COMPLEX128, WP_DTYPE_COMPLEX32) ==
              (std::vector<uint16_t>{0x3e00, 0xc000, 0x7c00, 0}));
  assert_true(convert<uint16_t>(in, WP_DTYPE_COMPLEX128, WP_DTYPE_BCOMPLEX32) ==
              (std::vector<uint16_t>{0x3fc0, 0xc000, 0x7f80, 0}));
  assert_true(convert<double>(in, WP_DTYPE_COMPLEX128, WP_DTYPE_FLOAT64) == (std::vector<double>{1.5, 1e300}));
  assert_true(convert<float>(std::vector<int32_t>{7}, WP_DTYPE_INT32, WP_DTYPE_COMPLEX64) == (std::vector<float>{7, 0}));
}

// ---- all pairs

void each_dtype_converts_to_each_other(void **) {
  for (wp_dtype from : kConvertible) {
    auto source = convert<uint8_t>(std::vector<double>{1, 2}, WP_DTYPE_FLOAT64, from);
    for (wp_dtype to : kConvertible) {
      auto target = convert<uint8_t>(source, from, to);
      assert_int_equal(target.size(), 2 * itemsize(to));
      bool boolean = from == WP_DTYPE_BOOL || to == WP_DTYPE_BOOL;
      assert_true(convert<double>(target, to, WP_DTYPE_FLOAT64) == (std::vector<double>{1, boolean ? 1.0 : 2.0}));
    }
  }
}

void each_dtype_is_copied_to_itself_bit_by_bit(void **) {
  std::vector<uint8_t> bytes(256);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(255 - i);
  for (wp_dtype dtype = 0; dtype < kDtypeCount; ++dtype) assert_true(convert<uint8_t>(bytes, dtype, dtype) == bytes);
}

void packed_and_quantized_dtypes_convert_to_no_other(void **) {
  for (wp_dtype dtype = 0; dtype < kDtypeCount; ++dtype) {
    if (convertible(dtype)) continue;
    for (auto [from, to] : {std::pair{dtype, WP_DTYPE_FLOAT32 + 0}, {WP_DTYPE_FLOAT32 + 0, dtype}}) {
      wp_code code = WP_OK;
      try {
        convert<uint8_t>(std::vector<uint8_t>(4), from, to);
      } catch (const Error &e) {
        code = e.code();
      }
      assert_int_equal(code, WP_ERROR_UNSUPPORTED);
    }
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(dtypes_have_pytorchs_names_and_sizes),
      cmocka_unit_test(dtypes_have_other_names),
      cmocka_unit_test(every_code_has_its_value),
      cmocka_unit_test(every_code_comes_back),
      cmocka_unit_test(float32_rounds_to_the_nearest_code_and_ties_to_even),
      cmocka_unit_test(what_is_too_large_becomes_infinity_or_nan),
      cmocka_unit_test(e8m0_is_an_exponent),
      cmocka_unit_test(doubles_are_rounded_by_way_of_float32),
      cmocka_unit_test(integers_stay_exact),
      cmocka_unit_test(integers_are_rounded_once),
      cmocka_unit_test(floats_are_truncated),
      cmocka_unit_test(floats_out_of_range_are_what_the_processor_says),
      cmocka_unit_test(bool_is_whether_it_is_not_zero),
      cmocka_unit_test(complex_numbers_have_two_parts),
      cmocka_unit_test(each_dtype_converts_to_each_other),
      cmocka_unit_test(each_dtype_is_copied_to_itself_bit_by_bit),
      cmocka_unit_test(packed_and_quantized_dtypes_convert_to_no_other),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
