// SPDX-License-Identifier: MIT
// How the elements of each dtype become plain numbers and back.
//
// A conversion takes up to three steps: load (the source's code becomes a number of one of the Loaded types), cast (to one of
// the Stored types), store (the target's code). So every dtype needs one load and one store, and not one conversion for each
// other dtype. A step that would change nothing is left out: float16 to float32 is a load alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "tensor/narrow_float.hpp"
#include "weightport/tensor.h"

namespace weightport {

template <class T>
struct Complex {
  T re, im;
};
template <class T>
inline constexpr bool is_complex_type = false;
template <class T>
inline constexpr bool is_complex_type<Complex<T>> = true;

// Reads `n` elements from `in`, writes as many to `out`; any alignment, no overlap.
using Step = void (*)(const std::byte *in, std::byte *out, size_t n);

template <class From, class To, To (*kFunction)(From)>
void map_elements(const std::byte *__restrict in, std::byte *__restrict out, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    From from;
    std::memcpy(&from, in + i * sizeof(From), sizeof(From));
    To to = kFunction(from);
    std::memcpy(out + i * sizeof(To), &to, sizeof(To));
  }
}

// ---- casts, as c10::convert() does them on x86-64

// Truncates; what does not fit, and NaN, is the smallest number, as the processor answers it.
template <class Int, class Float>
Int truncate(Float value) {
  constexpr Float kMin = static_cast<Float>(std::numeric_limits<Int>::min());
  return static_cast<Int>(value >= kMin && value < -kMin ? value : kMin);
}

template <class To, class From>
To cast(From value) {
  if constexpr (is_complex_type<To> && is_complex_type<From>) {
    return {cast<decltype(To::re)>(value.re), cast<decltype(To::re)>(value.im)};
  } else if constexpr (is_complex_type<To>) {
    return {cast<decltype(To::re)>(value), 0};
  } else if constexpr (std::is_same_v<To, bool> && is_complex_type<From>) {
    return value.re != 0 || value.im != 0;
  } else if constexpr (is_complex_type<From>) {
    return cast<To>(value.re);
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != 0;
  } else if constexpr (std::is_floating_point_v<From> && std::is_same_v<To, uint64_t>) {
    constexpr From kHalf = static_cast<From>(uint64_t{1} << 63);
    bool high = value >= kHalf;
    auto low = static_cast<uint64_t>(truncate<int64_t>(high ? value - kHalf : value));
    return high ? low ^ uint64_t { 1 } << 63 : low;
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return truncate<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

template <class T>
T negate(T value) {
  if constexpr (is_complex_type<T>) {
    return {-value.re, -value.im};
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(0 - static_cast<uint64_t>(value));
  } else {
    return -value;
  }
}

template <class T>
T conjugate(T value) {
  return {value.re, -value.im};
}

// ---- formats: the type of the bytes, the types a load gives and a store takes, and the two

// FromFloat is the type that a floating-point number goes through: c10 takes int64 for uint8, compilers take int32 or int64
// for the others.
template <class T, class FromFloat>
struct Integer {
  using Raw = T;
  using Loaded = std::conditional_t<std::is_same_v<T, uint64_t>, uint64_t, int64_t>;
  using Stored = FromFloat;
  static Loaded load(Raw code) { return code; }
  static Raw store(Stored value) { return static_cast<Raw>(value); }
};

struct Bool {
  using Raw = uint8_t;
  using Loaded = int64_t;
  using Stored = bool;
  static Loaded load(Raw code) { return code != 0; }
  static Raw store(Stored value) { return value; }
};

template <class T>
struct Plain {
  using Raw = T;
  using Loaded = T;
  using Stored = T;
  static Loaded load(Raw code) { return code; }
  static Raw store(Stored value) { return value; }
};

template <class Format>
inline constexpr auto kDecoded = [] {
  std::array<float, 256> table{};
  for (size_t code = 0; code < table.size(); ++code) table[code] = Format::decode(static_cast<uint8_t>(code));
  return table;
}();

template <class Format>
struct Narrow {
  using Raw = typename Format::Code;
  using Loaded = float;
  using Stored = float;
  static Loaded load(Raw code) {
    if constexpr (sizeof(Raw) == 1) return kDecoded<Format>[code];
    return Format::decode(code);
  }
  static Raw store(Stored value) { return Format::encode(value); }
};

template <class Part>
struct ComplexOf {
  using Raw = Complex<typename Part::Raw>;
  using Loaded = Complex<typename Part::Loaded>;
  using Stored = Complex<typename Part::Stored>;
  static Loaded load(Raw code) { return {Part::load(code.re), Part::load(code.im)}; }
  static Raw store(Stored value) { return {Part::store(value.re), Part::store(value.im)}; }
};

// ---- what is known of a dtype at run time

template <class... Types>
struct TypeList {
  static constexpr size_t size = sizeof...(Types);
  template <class T>
  static constexpr size_t index_of() {
    constexpr bool kSame[] = {std::is_same_v<T, Types>...};
    size_t index = 0;
    while (!kSame[index]) ++index;
    return index;
  }
};

using StoredTypes = TypeList<int32_t, int64_t, uint64_t, bool, float, double, Complex<float>, Complex<double>>;

// Null for a step that changes nothing.
struct Element {
  Step load, negate, conjugate, store;
  std::array<Step, StoredTypes::size> casts;  // from what `load` gives to each of StoredTypes
  size_t stored;                              // the one of them that `store` takes
};

template <class From, class To, To (*kFunction)(From)>
constexpr Step step_between() {
  if constexpr (std::is_same_v<From, To>)
    return nullptr;
  else
    return &map_elements<From, To, kFunction>;
}

template <class From, class... To>
constexpr std::array<Step, sizeof...(To)> casts_to(TypeList<To...>) {
  return {step_between<From, To, &cast<To, From>>()...};
}

template <class T>
constexpr Step conjugate_step() {
  if constexpr (is_complex_type<T>)
    return &map_elements<T, T, &conjugate<T>>;
  else
    return nullptr;
}

template <class Format, class Raw = typename Format::Raw, class Loaded = typename Format::Loaded,
          class Stored = typename Format::Stored>
inline constexpr Element kElement = {
    step_between<Raw, Loaded, &Format::load>(),
    &map_elements<Loaded, Loaded, &negate<Loaded>>,
    conjugate_step<Loaded>(),
    step_between<Stored, Raw, &Format::store>(),
    casts_to<Loaded>(StoredTypes()),
    StoredTypes::index_of<Stored>(),
};

// Null for a dtype that converts to no other: quantized, packed, or of fewer than eight bits.
inline const Element *find_element(wp_dtype dtype) noexcept {
  switch (dtype) {
    case WP_DTYPE_UINT8:
      return &kElement<Integer<uint8_t, int64_t>>;
    case WP_DTYPE_INT8:
      return &kElement<Integer<int8_t, int32_t>>;
    case WP_DTYPE_INT16:
      return &kElement<Integer<int16_t, int32_t>>;
    case WP_DTYPE_INT32:
      return &kElement<Integer<int32_t, int32_t>>;
    case WP_DTYPE_INT64:
      return &kElement<Integer<int64_t, int64_t>>;
    case WP_DTYPE_UINT16:
      return &kElement<Integer<uint16_t, int32_t>>;
    case WP_DTYPE_UINT32:
      return &kElement<Integer<uint32_t, int64_t>>;
    case WP_DTYPE_UINT64:
      return &kElement<Integer<uint64_t, uint64_t>>;
    case WP_DTYPE_BOOL:
      return &kElement<Bool>;
    case WP_DTYPE_FLOAT16:
      return &kElement<Narrow<Float16>>;
    case WP_DTYPE_BFLOAT16:
      return &kElement<Narrow<BFloat16>>;
    case WP_DTYPE_FLOAT32:
      return &kElement<Plain<float>>;
    case WP_DTYPE_FLOAT64:
      return &kElement<Plain<double>>;
    case WP_DTYPE_FLOAT8_E5M2:
      return &kElement<Narrow<Float8E5M2>>;
    case WP_DTYPE_FLOAT8_E4M3FN:
      return &kElement<Narrow<Float8E4M3Fn>>;
    case WP_DTYPE_FLOAT8_E5M2FNUZ:
      return &kElement<Narrow<Float8E5M2Fnuz>>;
    case WP_DTYPE_FLOAT8_E4M3FNUZ:
      return &kElement<Narrow<Float8E4M3Fnuz>>;
    case WP_DTYPE_FLOAT8_E8M0FNU:
      return &kElement<Narrow<Float8E8M0Fnu>>;
    case WP_DTYPE_COMPLEX32:
      return &kElement<ComplexOf<Narrow<Float16>>>;
    case WP_DTYPE_BCOMPLEX32:
      return &kElement<ComplexOf<Narrow<BFloat16>>>;
    case WP_DTYPE_COMPLEX64:
      return &kElement<ComplexOf<Plain<float>>>;
    case WP_DTYPE_COMPLEX128:
      return &kElement<ComplexOf<Plain<double>>>;
    default:
      return nullptr;
  }
}

}  // namespace weightport
