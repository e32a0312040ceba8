// SPDX-License-Identifier: MIT
#include "print.hpp"

#include <cstdio>

#include "handles.hpp"

void print(std::string_view text) {
  bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) throw Failure("cannot write the output");
}
