// SPDX-License-Identifier: MIT
// weightport convert: a file in another format, dtype, or with other names.
#pragma once

#include <optional>
#include <string>

#include "name_rules.hpp"
#include "output.hpp"

struct ConvertOptions {
  std::string file;
  std::optional<std::string> key;  // "" is the root
  std::string dtype;
  NameOptions names;
  OutputOptions output;
};

// Throws Failure, WrongUsage.
void convert(const ConvertOptions &options);
