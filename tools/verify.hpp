// SPDX-License-Identifier: MIT
// weightport verify: what is wrong with files.
#pragma once

#include <string>
#include <vector>

struct VerifyOptions {
  std::vector<std::string> files;
  bool json = false;
};

// Prints what it finds. True if all files are well. Throws Failure only where it cannot go on.
bool verify(const VerifyOptions &options);
