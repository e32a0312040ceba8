// SPDX-License-Identifier: MIT
// Python's ints, of any size.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "value/tree.hpp"

namespace weightport {

// Widest int that is read, in bytes.
inline constexpr size_t kMaxIntBytes = 1024;

// Little-endian two's complement, as in LONG1 and LONG4. Throws LIMIT.
Node *integer_from_bytes(Tree &tree, std::span<const std::byte> bytes);
// Decimal text, as in INT and LONG; an "L" may follow. Throws CORRUPT, LIMIT.
Node *integer_from_text(Tree &tree, std::string_view text);

// The other way round, for an int of more than 64 bits: little-endian two's complement in as few bytes as keep the sign.
std::string integer_to_bytes(std::string_view decimal);

}  // namespace weightport
