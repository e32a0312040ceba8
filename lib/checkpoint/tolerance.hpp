// SPDX-License-Identifier: MIT
// When two numbers count as equal.
#pragma once

#include <cmath>
#include <complex>
#include <concepts>
#include <cstdint>

namespace weightport {

inline double distance(double a, double b) noexcept { return std::abs(a - b); }
inline double distance(std::complex<double> a, std::complex<double> b) noexcept { return std::abs(a - b); }
inline double distance(std::complex<long double> a, std::complex<long double> b) noexcept {
  return static_cast<double>(std::abs(a - b));
}
// Exact, where a difference of large ints as float64 would not be.
template <std::integral Int>
double distance(Int a, Int b) noexcept {
  return static_cast<double>(a > b ? static_cast<uint64_t>(a) - static_cast<uint64_t>(b)
                                   : static_cast<uint64_t>(b) - static_cast<uint64_t>(a));
}

inline bool is_nan(double value) noexcept { return std::isnan(value); }
template <class Real>
bool is_nan(std::complex<Real> value) noexcept {
  return std::isnan(value.real()) || std::isnan(value.imag());
}
template <std::integral Int>
bool is_nan(Int) noexcept {
  return false;
}

struct Tolerance {
  double rtol = 0;
  double atol = 0;

  // |a - b| <= atol + rtol * |b|, as numpy.isclose(equal_nan=True) has it. `difference` is |a - b|: 0 for two NaN and two equal
  // infinities, NaN for one NaN.
  template <class T>
  bool equal(T a, T b, double &difference) const noexcept {
    difference = a == b || (is_nan(a) && is_nan(b)) ? 0 : distance(a, b);
    if (difference == 0) return true;
    double size = distance(b, T{});
    return std::isfinite(size) && difference <= atol + rtol * size;
  }
};

}  // namespace weightport
