// SPDX-License-Identifier: MIT
// The contents of zip records.
#include <libdeflate.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "base/checked.hpp"
#include "base/endian.hpp"
#include "base/error.hpp"
#include "format/checksum.hpp"
#include "format/zip.hpp"

namespace weightport {
namespace {

template <class... Parts>
[[noreturn]] void corrupt_record(const ZipRecord &record, const Parts &...parts) {
  corrupt(record.header_offset, "record \"", printable(record.name), "\" ", parts...);
}

void require_readable(const ZipRecord &record) {
  if (record.flags & kZipEncrypted) {
    fail(WP_ERROR_UNSUPPORTED, "record \"", printable(record.name), "\" is encrypted");
  }
  if (record.method != kZipStored && record.method != kZipDeflated) {
    fail(WP_ERROR_UNSUPPORTED, "record \"", printable(record.name), "\" has the compression method ", record.method,
         "; 0 (stored) and 8 (deflated) can be read");
  }
}

Buffer inflate(const ZipRecord &record, const std::byte *stored, uint64_t max_ratio) {
  auto most = checked_mul(record.stored_size, max_ratio);
  if (most && record.size > *most) {
    fail(WP_ERROR_LIMIT, "record \"", printable(record.name), "\" inflates from ", record.stored_size, " to ", record.size,
         " bytes, more than ", max_ratio, " times (wp_limits.max_inflate_ratio)");
  }
  std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) throw std::bad_alloc();
  Buffer out(record.size);
  // Without a place for the actual size, libdeflate insists on the expected one.
  auto result = libdeflate_deflate_decompress(decompressor.get(), stored, static_cast<size_t>(record.stored_size), out.data(),
                                              out.size(), nullptr);
  if (result == LIBDEFLATE_BAD_DATA) corrupt_record(record, "holds data that cannot be inflated");
  if (result != LIBDEFLATE_SUCCESS) corrupt_record(record, "does not inflate to ", record.size, " bytes");
  return out;
}

class RecordStorage final : public Storage {
 public:
  RecordStorage(Ref<ZipArchive> archive, const ZipRecord &record, std::string device)
      : Storage(record.size, std::move(device)), archive_(std::move(archive)), record_(record) {}

  std::optional<Extent> extent() const override {
    if (record_.method == kZipDeflated) return std::nullopt;
    uint64_t offset = offset_.load(std::memory_order_relaxed);
    if (!offset) {
      offset = named([&] { return archive_->data_offset(record_); });
      offset_.store(offset, std::memory_order_relaxed);
    }
    return Extent{archive_->source().get(), offset};
  }

 private:
  Buffer fetch() const override {
    return named([&] { return archive_->read(record_); });
  }

  // What is wrong with a tensor may be found long after the file was opened.
  template <class Action>
  std::invoke_result_t<Action> named(Action action) const {
    try {
      return action();
    } catch (Error &e) {
      throw e.in_file(archive_->source()->name());
    }
  }

  Ref<ZipArchive> archive_;
  const ZipRecord &record_;
  mutable std::atomic<uint64_t> offset_{0};  // 0: not yet looked up, since a header stands before all data
};

}  // namespace

uint64_t ZipArchive::data_offset(const ZipRecord &record) const {
  require_readable(record);
  uint64_t size = kZipLocalHeaderSize + record.name.size();
  std::byte small[512];
  Buffer large;
  if (size > sizeof small) large = Buffer(size);
  std::byte *header = size > sizeof small ? large.data() : small;
  source_->read_beside_mapping(record.header_offset, {header, static_cast<size_t>(size)});
  source_->check_mapping();  // the directory may lie in it, and the record's name in that
  if (load_le<uint32_t>(header) != kZipLocalSignature) corrupt_record(record, "has no local header");
  if (load_le<uint16_t>(header + 26) != record.name.size() ||
      std::memcmp(header + kZipLocalHeaderSize, record.name.data(), record.name.size()) != 0) {
    corrupt_record(record, "has another name in its local header");
  }
  uint64_t offset = record.header_offset + size + load_le<uint16_t>(header + 28);
  if (!inside(offset, record.stored_size, record.limit)) corrupt_record(record, "reaches into the next one");
  return offset;
}

Buffer ZipArchive::read(const ZipRecord &record) const {
  uint64_t offset = data_offset(record);
  if (record.method == kZipStored) return source_->read(offset, record.stored_size);
  Buffer scratch;
  return inflate(record, bytes_at(*source_, offset, record.stored_size, scratch), max_inflate_ratio_);
}

uint32_t ZipArchive::stored_crc32(const ZipRecord &record, Operation &operation) const {
  uint64_t offset = data_offset(record);
  uint64_t end = offset + record.stored_size;
  // What was written to a private mapping is not in the file.
  const std::byte *mapping = source_->is_private() ? nullptr : source_->mapping();
  Buffer buffer(mapping ? 0 : std::min<uint64_t>(Storage::kPiece, record.stored_size));
  uint32_t crc = 0;
  while (offset < end) {
    auto size = static_cast<size_t>(std::min<uint64_t>(Storage::kPiece, end - offset));
    if (!mapping) source_->read(offset, buffer.span().first(size));
    if (mapping) source_->check_mapping();
    crc = crc32({mapping ? mapping + offset : buffer.data(), size}, crc);
    offset += size;
    operation.advance(size);
  }
  return crc;
}

void ZipArchive::verify_record(const ZipRecord &record, Operation &operation) const {
  uint32_t crc = record.crc32;
  if (record.method == kZipStored && crc != 0) {
    crc = stored_crc32(record, operation);
  } else {
    if (record.method == kZipStored) {
      data_offset(record);
    } else if (Buffer content = read(record); crc != 0) {
      crc = crc32(content.span());
    }
    operation.advance(record.stored_size);
  }
  if (crc != record.crc32) corrupt_record(record, "has another CRC-32 than the directory says");
}

void ZipArchive::verify(Operation &operation, const TakeFault &take) const {
  for (const auto &record : records()) {
    operation.check_cancelled();
    try {
      verify_record(record, operation);
    } catch (const Error &e) {
      if (!is_content_error(e)) throw;
      take(record, e);
    }
  }
}

Ref<Storage> record_storage(Ref<ZipArchive> archive, const ZipRecord &record, std::string device) {
  return make_ref<RecordStorage>(std::move(archive), record, std::move(device));
}

}  // namespace weightport
