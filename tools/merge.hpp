// SPDX-License-Identifier: MIT
// weightport merge: the state_dicts of several files as one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "output.hpp"

struct MergeOptions {
  std::vector<std::string> files;  // those to read, then the one to write
  std::optional<std::string> key;  // in each of them; "" is the root
  std::vector<std::string> prefixes;
  bool overwrite = false;
  OutputOptions output;
};

// Throws Failure, WrongUsage.
void merge(const MergeOptions &options);
