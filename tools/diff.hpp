// SPDX-License-Identifier: MIT
// weightport diff: what differs between two files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

struct DiffOptions {
  std::string a;
  std::string b;
  std::vector<std::string> keys;  // none, one for both files, or one for each
  double rtol = 0;
  double atol = 0;
  bool json = false;
  size_t max = ~size_t{0};  // findings shown
};

// Prints what it finds. True if the files are equal. Throws Failure, WrongUsage.
bool diff(const DiffOptions &options);

// What --json prints. Throws Failure.
std::string diff_json(const DiffOptions &options);
