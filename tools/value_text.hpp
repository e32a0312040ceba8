// SPDX-License-Identifier: MIT
// Values and steps to them as Python would write them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tree_walk.hpp"
#include "weightport/value.h"

std::string_view string_of(const wp_value *value);  // "" for other kinds
std::string_view bytes_of(const wp_value *value);
std::string int_text(const wp_value *value);
double float_of(const wp_value *value);

struct ReprLimits {
  size_t text;   // bytes of a string
  size_t items;  // of a container
  size_t depth;
};
// Long enough for every dict key that can be told from another.
inline constexpr ReprLimits kWhole{~size_t{0}, 1024, 16};
inline constexpr ReprLimits kShort{80, 8, 2};

void append_repr(std::string &out, const wp_value *value, const ReprLimits &limits);

// As a path for wp_value_at() has it: keys and attributes as they are, numbers in decimal.
void append_step_text(std::string &out, const Step &step);
