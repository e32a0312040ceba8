// SPDX-License-Identifier: MIT
// A zip archive to read: records found by name in O(1), contents fetched when asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"
#include "base/error.hpp"
#include "base/operation.hpp"
#include "base/ref.hpp"
#include "format/zip_directory.hpp"
#include "io/source.hpp"
#include "tensor/storage.hpp"

namespace weightport {

// Shareable: nothing changes after opening. Records are references into the archive.
class ZipArchive final : public RefCounted {
 public:
  // Reads the central directory and nothing else. Throws what read_zip_directory() throws.
  static Ref<ZipArchive> open(Ref<Source> source, const Operation &operation, Budget &budget);

  const Ref<Source> &source() const noexcept { return source_; }
  std::span<const ZipRecord> records() const noexcept { return directory_.records; }
  const ZipRecord *find(std::string_view name) const noexcept;  // null if there is none
  // Its place in records().
  size_t number_of(const ZipRecord &record) const noexcept { return static_cast<size_t>(&record - directory_.records.data()); }

  // Where the stored bytes begin: only the local header knows, and it is read for that. Throws CORRUPT when it contradicts
  // the directory, and UNSUPPORTED for an encrypted record or a compression other than deflate.
  uint64_t data_offset(const ZipRecord &record) const;
  // The content, inflated if need be. Throws as data_offset(), and LIMIT for a record that inflates too much.
  Buffer read(const ZipRecord &record) const;
  using TakeFault = std::function<void(const ZipRecord &record, const Error &fault)>;
  // Checks the local header and the CRC-32 (0 stands for none) of every record, and that it inflates. Throws CANCELLED,
  // CALLBACK, IO; hands over what else read() throws.
  void verify(Operation &operation, const TakeFault &take) const;

 private:
  ZipArchive(Ref<Source> source, ZipDirectory directory, const Limits &limits)
      : source_(std::move(source)), directory_(std::move(directory)), max_inflate_ratio_(limits.max_inflate_ratio) {}
  void index_names(Budget &budget);
  void verify_record(const ZipRecord &record, Operation &operation) const;
  uint32_t stored_crc32(const ZipRecord &record, Operation &operation) const;

  Ref<Source> source_;
  ZipDirectory directory_;
  uint64_t max_inflate_ratio_;
  std::vector<uint32_t> index_;  // open addressing over record number + 1; its size is a power of two
};

// The content of a record as a storage: a part of the source if it is stored, inflated on first use if it is deflated.
Ref<Storage> record_storage(Ref<ZipArchive> archive, const ZipRecord &record, std::string device);

}  // namespace weightport
