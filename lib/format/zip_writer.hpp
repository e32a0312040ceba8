// SPDX-License-Identifier: MIT
// Writes a zip archive as PyTorch's writer lays it out: stored records, aligned to 64 bytes, in one pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/operation.hpp"
#include "format/crc_worker.hpp"
#include "io/sink.hpp"
#include "tensor/storage.hpp"

namespace weightport {

// Records are written as they are added, large ones while another thread computes their checksums. Only the directory is kept.
// The caller sees to it that no name occurs twice. Once something has thrown, it can only be destroyed. One thread at a time.
class ZipWriter {
 public:
  // `root` is what every record's name begins with: "archive/". The sink must be empty.
  ZipWriter(Sink &sink, std::string root, Operation &operation);
  ZipWriter(const ZipWriter &) = delete;
  ZipWriter &operator=(const ZipWriter &) = delete;

  // Counts the content's bytes as progress. Throws IO, CALLBACK, CANCELLED, INVALID_ARGUMENT for a name of more than 65,535
  // bytes, and what reading the storage throws.
  void add(std::string_view name, std::span<const std::byte> content);
  void add(std::string_view name, const Storage &storage);
  // The central directory. The sink is not finished.
  void finish();

  // One number from the CRC-32 of every record so far, as PyTorch puts it into the serialization id.
  uint64_t combined_crc32() const noexcept { return combined_crc32_; }

 private:
  struct Record {
    std::string name;
    uint64_t offset;
    uint64_t size;
    uint32_t crc32;
  };

  Record begin(std::string_view name, uint64_t size);
  void write_content(Record &record, std::span<const std::byte> content);
  void end(const Record &record);

  Sink &sink_;
  std::string root_;
  Operation &operation_;
  std::string directory_;
  uint64_t records_ = 0;
  uint64_t combined_crc32_ = 0;
  CrcWorker worker_;
};

}  // namespace weightport
