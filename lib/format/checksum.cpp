// SPDX-License-Identifier: MIT
#include "format/checksum.hpp"

#include <libdeflate.h>

namespace weightport {

uint32_t crc32(std::span<const std::byte> bytes, uint32_t before) noexcept {
  // A null address makes libdeflate start anew.
  return bytes.empty() ? before : libdeflate_crc32(before, bytes.data(), bytes.size());
}

}  // namespace weightport
