// SPDX-License-Identifier: MIT
// The CRC-32 that zip records carry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weightport {

// Of `bytes`, going on from the checksum of what stands before them.
uint32_t crc32(std::span<const std::byte> bytes, uint32_t before = 0) noexcept;

}  // namespace weightport
