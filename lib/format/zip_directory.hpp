// SPDX-License-Identifier: MIT
// The central directory of a zip archive: which records there are and where. Nothing else of the file is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"
#include "base/operation.hpp"
#include "io/source.hpp"

namespace weightport {

struct ZipRecord {
  std::string_view name;
  uint64_t header_offset;  // of the local header, in the source
  uint64_t limit;          // where the next record, or the directory, begins
  uint64_t stored_size;    // bytes in the file
  uint64_t size;           // bytes of content
  uint32_t crc32;
  uint16_t method;
  uint16_t flags;
};

inline constexpr uint32_t kZipLocalSignature = 0x04034b50;
inline constexpr uint64_t kZipLocalHeaderSize = 30;  // without the name and the extra field
inline constexpr uint16_t kZipStored = 0;
inline constexpr uint16_t kZipDeflated = 8;
inline constexpr uint16_t kZipEncrypted = 1;  // flag

struct ZipDirectory {
  Buffer bytes;                    // what the names are views of; empty if the source is mapped
  std::vector<ZipRecord> records;  // in the directory's order, without entries for folders
};

// Every record lies before the directory and reaches into no other; stored ones have one size. Throws CORRUPT, UNSUPPORTED,
// LIMIT, CANCELLED, IO, CALLBACK.
ZipDirectory read_zip_directory(const Source &source, const Operation &operation, Budget &budget);

// A part of the source: in its mapping, or read into `scratch`.
const std::byte *bytes_at(const Source &source, uint64_t offset, uint64_t size, Buffer &scratch);

}  // namespace weightport
