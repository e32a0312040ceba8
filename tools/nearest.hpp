// SPDX-License-Identifier: MIT
// What somebody meant who mistyped a word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

// The word that takes the fewest characters added, left out or replaced to become `typed`; "" if all are far from it.
std::string nearest(std::string_view typed, const std::vector<std::string> &words);
