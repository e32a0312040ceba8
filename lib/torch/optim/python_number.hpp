// SPDX-License-Identifier: MIT
// A number as Python computes with it: its own float, or a tensor of one element, in which each operation is rounded to the
// dtype of the tensor. What is computed of both is a tensor.
#pragma once

#include <algorithm>
#include <cmath>

namespace weightport::libtorch {

class PythonNumber {
 public:
  enum class Kind { kPython, kFloat32, kFloat64 };

  constexpr PythonNumber(double value, Kind kind = Kind::kPython) noexcept : value_(value), kind_(kind) {}

  double value() const noexcept { return value_; }

  friend PythonNumber operator+(PythonNumber a, PythonNumber b) noexcept {
    return compute(a, b, [](auto x, auto y) { return x + y; });
  }
  friend PythonNumber operator-(PythonNumber a, PythonNumber b) noexcept {
    return compute(a, b, [](auto x, auto y) { return x - y; });
  }
  friend PythonNumber operator*(PythonNumber a, PythonNumber b) noexcept {
    return compute(a, b, [](auto x, auto y) { return x * y; });
  }
  friend PythonNumber operator/(PythonNumber a, PythonNumber b) noexcept {
    // Tensor.__rtruediv__() multiplies by the reciprocal, which rounds twice.
    if (a.kind_ == Kind::kPython && b.kind_ != Kind::kPython && a.value_ != 1) return a * (PythonNumber(1) / b);
    return compute(a, b, [](auto x, auto y) { return x / y; });
  }
  friend bool operator<(PythonNumber a, PythonNumber b) noexcept {
    return compute(a, b, [](auto x, auto y) { return x < y; }).value_ != 0;
  }
  friend bool operator<=(PythonNumber a, PythonNumber b) noexcept {
    return compute(a, b, [](auto x, auto y) { return x <= y; }).value_ != 0;
  }
  friend bool operator>(PythonNumber a, PythonNumber b) noexcept { return b < a; }
  friend bool operator>=(PythonNumber a, PythonNumber b) noexcept { return b <= a; }

  friend PythonNumber abs(PythonNumber a) noexcept { return {std::abs(a.value_), a.kind_}; }
  friend PythonNumber sqrt(PythonNumber a) noexcept {
    return compute(a, a, [](auto x, auto) { return std::sqrt(x); });
  }
  // The first unless the other is smaller, or larger.
  friend PythonNumber min(PythonNumber a, PythonNumber b) noexcept { return b < a ? b : a; }
  friend PythonNumber max(PythonNumber a, PythonNumber b) noexcept { return b > a ? b : a; }

 private:
  template <class Operation>
  static PythonNumber compute(PythonNumber a, PythonNumber b, Operation operation) noexcept {
    Kind kind = std::max(a.kind_, b.kind_);
    if (kind != Kind::kFloat32) return {static_cast<double>(operation(a.value_, b.value_)), kind};
    return {static_cast<double>(operation(static_cast<float>(a.value_), static_cast<float>(b.value_))), kind};
  }

  double value_;
  Kind kind_;
};

}  // namespace weightport::libtorch
