// SPDX-License-Identifier: MIT
#include "report_text.hpp"

#include "text.hpp"

void append_finding(std::string &out, std::string_view key, std::string_view message) {
  append_escaped(out, key);
  if (!key.empty()) out += ": ";
  append_escaped(out, message);
  out += '\n';
}

void append_finding_json(std::string &out, std::string_view key, std::string_view message) {
  out += "\"key\":";
  append_json(out, key);
  out += ",\"message\":";
  append_json(out, message);
}
