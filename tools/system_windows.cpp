// SPDX-License-Identifier: MIT
// Arguments, environment and narrow file names are UTF-8 by weightport.manifest.
#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "system.hpp"

namespace {

// Takes a [...] from the front of a pattern; false where it is not closed, and then it means itself.
bool take_set(std::string_view &pattern, char c, bool &found) {
  size_t i = 1;
  bool inverse = i < pattern.size() && pattern[i] == '!';
  if (inverse) ++i;
  found = false;
  for (size_t first = i; i < pattern.size() && (pattern[i] != ']' || i == first); ++i) {
    char low = pattern[i], high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') high = pattern[i += 2];
    if (low <= c && c <= high) found = true;
  }
  if (i >= pattern.size()) return false;
  pattern.remove_prefix(i + 1);
  found = found != inverse;
  return true;
}

// Takes what stands for one character from the front of a pattern that is not empty.
bool take_one(std::string_view &pattern, char c) {
  bool found;
  if (pattern[0] == '[' && take_set(pattern, c, found)) return found;
  if (pattern[0] == '\\' && pattern.size() > 1)
    pattern.remove_prefix(1);
  else if (pattern[0] == '?')
    c = '?';
  found = pattern[0] == c;
  pattern.remove_prefix(1);
  return found;
}

}  // namespace

void set_up_streams() {
  SetConsoleOutputCP(CP_UTF8);
  _setmode(_fileno(stdout), _O_BINARY);
}

bool can_draw_lines() {
  HANDLE console = GetStdHandle(STD_ERROR_HANDLE);
  DWORD mode;
  return GetConsoleMode(console, &mode) && SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

size_t terminal_columns() {
  CONSOLE_SCREEN_BUFFER_INFO info;
  if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), &info)) return 80;
  return static_cast<size_t>(info.srWindow.Right - info.srWindow.Left + 1);
}

void take_over_signals(void (*handler)(int)) {
  for (int number : {SIGINT, SIGTERM}) {
    if (std::signal(number, handler) == SIG_IGN) std::signal(number, SIG_IGN);
  }
}

bool matches(const std::string &pattern, const std::string &name) {
  std::string_view rest = pattern, text = name, star, from;
  bool starred = false;
  while (!text.empty()) {
    std::string_view next = rest;
    if (!rest.empty() && rest[0] == '*') {
      rest.remove_prefix(1);
      star = rest, from = text, starred = true;
    } else if (!next.empty() && take_one(next, text[0])) {
      rest = next;
      text.remove_prefix(1);
    } else if (starred) {  // the last star takes one more
      from.remove_prefix(1);
      rest = star, text = from;
    } else {
      return false;
    }
  }
  return rest.find_first_not_of('*') == rest.npos;
}
