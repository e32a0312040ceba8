// SPDX-License-Identifier: MIT
// What differs between systems: the terminal, signals, and patterns of names.
#pragma once

#include <cstddef>
#include <string>

// What is printed is UTF-8, with no byte added.
void set_up_streams();

// Whether stderr is a terminal that can go back to the start of a line and clear it.
bool can_draw_lines();
size_t terminal_columns();

// Has the signals that ask a program to end call `handler`, once. What was ignored stays so, as for a command under nohup.
void take_over_signals(void (*handler)(int));

// Whether a name matches a pattern of the shell's, with *, ?, [a-z] and [!a-z], as a whole.
bool matches(const std::string &pattern, const std::string &name);
