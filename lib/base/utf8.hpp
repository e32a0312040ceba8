// SPDX-License-Identifier: MIT
// UTF-8 as Python's pickles hold it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weightport {

// Whether the text is UTF-8, lone surrogates allowed (Python's "surrogatepass").
bool is_utf8(std::string_view text) noexcept;
void append_utf8(std::string &out, uint32_t code_point);

// UTF-8 to one byte a character. False if a character is above U+00FF or the text is not UTF-8.
bool utf8_to_latin1(std::string_view text, std::string &out);

}  // namespace weightport
