// SPDX-License-Identifier: MIT
// Standard output, with its errors.
#pragma once

#include <string_view>

// Throws Failure.
void print(std::string_view text);
