// SPDX-License-Identifier: MIT
// Scalars out of keyword arguments and saved states.
#pragma once

#include <cstdint>
#include <string>

#include "weightport.hpp"

namespace weightport::libtorch {

// Each throws MISMATCH, whose key is `path`, for a value of another kind. No bool counts as a number.
bool read_bool(const Value &value, const std::string &path);
int64_t read_int(const Value &value, const std::string &path);
// Also an int, or a tensor of one element, which PyTorch takes for a learning rate.
double read_real(const Value &value, const std::string &path);
// An int, or a whole number in a float or a tensor, in which PyTorch counts steps.
int64_t read_count(const Value &value, const std::string &path);
std::string read_text(const Value &value, const std::string &path);

// Whether the value is a list or a tuple.
bool is_sequence(const Value &value) noexcept;

[[noreturn]] void fail_kind(const Value &value, const char *wanted, const std::string &path);

// A tree of its own, which shares nothing with the caller's but tensors.
Value clone(const Value &value);

}  // namespace weightport::libtorch
