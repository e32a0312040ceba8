// SPDX-License-Identifier: MIT
// Bytes, numbers and sizes as text that a terminal or a JSON reader can take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Columns of a table are no wider for what is longer.
inline constexpr size_t kMaxColumn = 60;

// UTF-8 with everything escaped that would not be read back, or could steer a terminal.
void append_escaped(std::string &out, std::string_view text);
// A JSON string; a lone surrogate, in its three bytes, becomes \udXXX, and a byte that is no UTF-8 \udcXX as in Python.
void append_json(std::string &out, std::string_view text);
// As Python's repr of a str and of bytes.
void append_python_string(std::string &out, std::string_view text);
void append_python_bytes(std::string &out, std::string_view bytes);
void append_base64(std::string &out, std::string_view bytes);

// As Python's repr: 1e-05, 2.0, inf, -inf, nan.
std::string float_text(double number);
std::string grouped(uint64_t number);   // 1,234,567
std::string size_text(uint64_t bytes);  // 36.8 KiB
