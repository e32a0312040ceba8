// SPDX-License-Identifier: MIT
// Strings as pickles of protocol 0 spell them.
#pragma once

#include <string>
#include <string_view>

namespace weightport {

// The bytes of a quoted Python string, as in STRING. Throws CORRUPT.
std::string unquote(std::string_view repr);
// UTF-8 of raw-unicode-escape text, as in UNICODE. Throws CORRUPT.
std::string decode_raw_unicode_escape(std::string_view text);

}  // namespace weightport
