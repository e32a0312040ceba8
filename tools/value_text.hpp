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

// What a listing shows on one line.
bool is_sequence(wp_kind kind);  // list, tuple, set
bool is_scalar(wp_kind kind);    // neither a container nor a tensor nor an object
bool has_only_scalars(const wp_value *container);
// A module's empty hooks and unset flags, which a listing leaves out.
bool is_empty_private(const Step &step, const wp_value *value);

struct ReprLimits {
  size_t text;   // bytes of a string
  size_t items;  // of a container
  size_t depth;
  bool hashed = false;  // a dict key or in a set, where every set is a frozenset
};
// Long enough for every dict key that can be told from another.
inline constexpr ReprLimits kWhole{~size_t{0}, 1024, 16, true};
inline constexpr ReprLimits kShort{80, 8, 2};

void append_repr(std::string &out, const wp_value *value, const ReprLimits &limits);

// As a path for wp_value_at() has it: keys and attributes as they are, numbers in decimal.
void append_step_text(std::string &out, const Step &step);
