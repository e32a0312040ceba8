// SPDX-License-Identifier: MIT
// What the JSON of several commands is made of.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tree_walk.hpp"
#include "weightport/value.h"

void append_ints(std::string &out, std::span<const int64_t> numbers);
// One that is not finite is "inf", "-inf" or "nan".
void append_float(std::string &out, double number);
// One of more than 64 bits is a string.
void append_int(std::string &out, const wp_value *value);
// A part of a path: int, bool and None keys stay what they are.
void append_json_step(std::string &out, const Step &step);
