// SPDX-License-Identifier: MIT
// Floating-point formats of 8 and 16 bits: what their codes stand for, and how float32 is rounded to them (to nearest, ties
// to even). Overflow, NaN and the sign of zero are those of PyTorch's c10 types.
//
// Choices are made by masks on integers and never between results of floating-point arithmetic, as GCC would make branches of
// those and then not vectorize.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace weightport {

enum class Special {
  kIeee,  // infinities and NaNs under the largest exponent
  kFn,    // no infinity; the largest magnitude is a NaN
  kFnuz,  // no infinity, no negative zero: its code is the only NaN
};

// A sign, an exponent, a mantissa of kMantissa bits; kNan is the code that a NaN gets.
template <class CodeType, int kMantissa, int kBias, Special kSpecial, CodeType kNan>
struct NarrowFloat {
  using Code = CodeType;

  static constexpr float decode(Code code) {
    uint32_t sign = uint32_t{code} >> kSignBit << 31;
    uint32_t normal = ((code & kMagnitude) << kShift) + kRebias;
    // A subnormal number is its mantissa on top of the smallest normal number, without that number.
    uint32_t subnormal = mask(normal < kMinNormal);
    float value = number(normal + (subnormal & kOne)) - number(subnormal & kMinNormal);
    bool special = kSpecial == Special::kFnuz ? code == kNan : normal >= kLimit;
    return number(sign | bits(value) | (mask(special) & (kSpecial == Special::kIeee ? kInfinity : kQuietNan)));
  }

  static constexpr Code encode(float value) {
    uint32_t sign = bits(value) >> 31 << kSignBit;
    uint32_t unclamped = bits(value) & 0x7fffffff;
    uint32_t magnitude = unclamped - ((unclamped - kLimit) & mask(unclamped > kLimit));
    // The last bit of a sum with this is the last bit that the format has for such a number: the addition rounds.
    uint32_t exponent = std::max(magnitude, kMinNormal) & kInfinity;
    uint32_t rounder = exponent + kShift * kOne;
    uint32_t mantissa = bits(number(magnitude) + number(rounder)) - rounder;
    uint32_t code = mantissa + ((exponent - kMinNormal) >> kShift);
    if constexpr (kSpecial == Special::kIeee) code |= mask(unclamped > kInfinity) & kNan;
    if constexpr (kSpecial == Special::kFnuz) sign &= mask(code != 0);
    return static_cast<Code>(sign | code);
  }

 private:
  static constexpr uint32_t mask(bool on) { return -uint32_t{on}; }
  static constexpr float number(uint32_t bits) { return std::bit_cast<float>(bits); }
  static constexpr uint32_t bits(float number) { return std::bit_cast<uint32_t>(number); }

  static constexpr int kSignBit = 8 * sizeof(Code) - 1;
  static constexpr int kShift = 23 - kMantissa;
  static constexpr uint32_t kMagnitude = (uint32_t{1} << kSignBit) - 1;
  // The code of the first magnitude that is too large.
  static constexpr uint32_t kOverflow = kSpecial == Special::kIeee ? kMagnitude >> kMantissa << kMantissa : kNan;

  // Bits of float32 numbers.
  static constexpr uint32_t kOne = uint32_t{1} << 23;  // one more in the exponent
  static constexpr uint32_t kInfinity = 255 * kOne;
  static constexpr uint32_t kQuietNan = kInfinity | kOne >> 1;
  static constexpr uint32_t kRebias = (127 - kBias) * kOne;
  static constexpr uint32_t kMinNormal = kRebias + kOne;
  static constexpr uint32_t kLimit = (kOverflow << kShift) + kRebias;
};

using Float16 = NarrowFloat<uint16_t, 10, 15, Special::kIeee, 0x7e00>;
using Float8E5M2 = NarrowFloat<uint8_t, 2, 15, Special::kIeee, 0x7f>;
using Float8E4M3Fn = NarrowFloat<uint8_t, 3, 7, Special::kFn, 0x7f>;
using Float8E5M2Fnuz = NarrowFloat<uint8_t, 2, 16, Special::kFnuz, 0x80>;
using Float8E4M3Fnuz = NarrowFloat<uint8_t, 3, 8, Special::kFnuz, 0x80>;

// The upper half of a float32.
struct BFloat16 {
  using Code = uint16_t;

  static constexpr float decode(Code code) { return std::bit_cast<float>(uint32_t{code} << 16); }

  static constexpr Code encode(float value) {
    auto bits = std::bit_cast<uint32_t>(value);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    return static_cast<Code>((bits & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded);
  }
};

// An exponent alone: a power of two, or a NaN. The sign is lost.
struct Float8E8M0Fnu {
  using Code = uint8_t;

  static constexpr float decode(Code code) {
    uint32_t bits = code == 0 ? 0x00400000 : code == 0xff ? 0x7fc00000 : uint32_t{code} << 23;
    return std::bit_cast<float>(bits);
  }

  static constexpr Code encode(float value) {
    auto bits = std::bit_cast<uint32_t>(value);
    uint32_t exponent = bits >> 23 & 0xff, mantissa = bits & 0x7fffff;
    // PyTorch takes the implied bit for the last one: half a step rounds up, but down among the subnormal numbers.
    uint32_t up = mantissa >= (exponent ? 0x400000u : 0x400001u);
    return static_cast<Code>(exponent == 0xff ? exponent : exponent + up);
  }
};

}  // namespace weightport
