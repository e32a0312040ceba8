// SPDX-License-Identifier: MIT
// An error on one line: "FILE: MESSAGE (KEY) at byte OFFSET", of what is known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace weightport {

inline std::string error_line(std::string_view file, std::string_view message, std::string_view key = {}, int64_t offset = -1) {
  std::string line;
  if (!file.empty()) append(line, concat(printable(file, 1000), ": "));
  append(line, message);
  if (!key.empty()) append(line, concat(" (", printable(key, 200), ")"));
  if (offset >= 0) append(line, concat(" at byte ", offset));
  return line;
}

}  // namespace weightport
