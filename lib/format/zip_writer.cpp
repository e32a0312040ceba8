// SPDX-License-Identifier: MIT
// After PKWARE's APPNOTE.TXT 6.3, and after PyTorch's inline_container.cc and miniz.c where that leaves a choice.
#include "format/zip_writer.hpp"

#include <algorithm>
#include <utility>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "format/checksum.hpp"
#include "format/zip_directory.hpp"

namespace weightport {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr uint64_t kWide = UINT32_MAX;  // from here on a number stands in a zip64 field
constexpr uint16_t kUtf8 = 0x0800;
constexpr uint16_t kHasDescriptor = 0x0008;

constexpr size_t kShared = size_t{256} << 10;  // the checksum of fewer bytes takes no longer than waking a thread

constexpr uint16_t k0 = 0;       // versions, disks, attributes
constexpr uint32_t kNoTime = 0;  // time and date

template <class... Ints>
void put(std::string &out, Ints... values) {
  char bytes[(sizeof values + ...)];
  char *at = bytes;
  ((store_le(at, values), at += sizeof values), ...);
  out.append(bytes, sizeof bytes);
}

uint32_t u32(uint64_t value) { return static_cast<uint32_t>(std::min(value, kWide)); }
uint16_t u16(uint64_t value) { return static_cast<uint16_t>(std::min<uint64_t>(value, UINT16_MAX)); }

std::span<const std::byte> bytes_of(const std::string &text) { return std::as_bytes(std::span(text)); }

bool is_wide(uint64_t size, uint64_t offset) { return size >= kWide || offset >= kWide; }

// The extra field for what does not fit elsewhere.
std::string zip64_extra(uint64_t size, uint64_t stored_size, uint64_t offset) {
  std::string out;
  if (!is_wide(size, offset)) return out;
  put(out, uint16_t{1}, u16((size >= kWide ? 16 : 0) + (offset >= kWide ? 8 : 0)));
  if (size >= kWide) put(out, size, stored_size);
  if (offset >= kWide) put(out, offset);
  return out;
}

uint16_t flags(uint64_t size) { return size > 0 ? kUtf8 | kHasDescriptor : kUtf8; }

uint64_t hash_combine(uint64_t seed, uint64_t value) { return seed ^ (value + 0x9e3779b9 + (seed << 6) + (seed >> 2)); }

}  // namespace

ZipWriter::ZipWriter(Sink &sink, std::string root, Operation &operation)
    : sink_(sink), root_(std::move(root)), operation_(operation) {}

void ZipWriter::add(std::string_view name, std::span<const std::byte> content) {
  Record record = begin(name, content.size());
  for (; !content.empty(); content = content.subspan(std::min(Storage::kPiece, content.size()))) {
    write_content(record, content.first(std::min(Storage::kPiece, content.size())));
  }
  end(record);
}

void ZipWriter::add(std::string_view name, const Storage &storage) {
  Record record = begin(name, storage.nbytes());
  storage.stream(Storage::kPiece, [&](std::span<const std::byte> piece) { write_content(record, piece); });
  end(record);
}

// The local header.
ZipWriter::Record ZipWriter::begin(std::string_view name, uint64_t size) {
  Record record{concat(root_, name), sink_.position(), size, 0};
  if (record.name.size() > UINT16_MAX) {
    fail(WP_ERROR_INVALID_ARGUMENT, "a record's name of ", record.name.size(), " bytes is too long for a zip archive");
  }
  // PyTorch's writer does not know the stored size yet, readers look it up in the directory.
  std::string extra = zip64_extra(size, 0, record.offset);
  uint64_t unaligned = record.offset + kZipLocalHeaderSize + record.name.size() + extra.size() + 4;
  uint64_t padding = (kAlignment - unaligned % kAlignment) % kAlignment;
  put(extra.append("FB"), u16(padding));
  extra.append(padding, 'Z');

  std::string header;
  put(header, uint32_t{0x04034b50}, k0, flags(size), kZipStored, kNoTime);
  put(header, uint32_t{0}, uint32_t{0}, uint32_t{0});  // the checksum and the sizes are in the descriptor
  put(header, u16(record.name.size()), u16(extra.size()));
  sink_.write(bytes_of(header.append(record.name).append(extra)));
  return record;
}

void ZipWriter::write_content(Record &record, std::span<const std::byte> content) {
  if (content.size() < kShared) {
    record.crc32 = crc32(content, record.crc32);
    sink_.write(content);
  } else {
    CrcWorker::Job job(worker_, content, record.crc32);
    sink_.write(content);
    record.crc32 = job.result();
  }
  operation_.advance(content.size());
}

// The data descriptor, and the entry of the central directory.
void ZipWriter::end(const Record &record) {
  const auto &[name, offset, size, crc] = record;
  if (size > 0) {
    std::string descriptor;
    put(descriptor, uint32_t{0x08074b50}, crc);
    is_wide(size, offset) ? put(descriptor, size, size) : put(descriptor, u32(size), u32(size));
    sink_.write(bytes_of(descriptor));
    combined_crc32_ = hash_combine(combined_crc32_, crc);
  }
  std::string extra = zip64_extra(size, size, offset);
  put(directory_, uint32_t{0x02014b50}, k0, k0, flags(size), kZipStored, kNoTime, crc, u32(size), u32(size));
  put(directory_, u16(name.size()), u16(extra.size()), k0, k0, k0, uint32_t{0}, u32(offset));
  directory_.append(name).append(extra);
  ++records_;
}

void ZipWriter::finish() {
  uint64_t offset = sink_.position(), size = directory_.size();
  sink_.write(bytes_of(directory_));
  uint64_t end = sink_.position();
  std::string tail;
  put(tail, uint32_t{0x06064b50}, uint64_t{44}, uint16_t{0x031e}, uint16_t{45}, uint32_t{0}, uint32_t{0});
  put(tail, records_, records_, size, offset);
  put(tail, uint32_t{0x07064b50}, uint32_t{0}, end, uint32_t{1});
  put(tail, uint32_t{0x06054b50}, k0, k0, u16(records_), u16(records_), u32(size), u32(offset), k0);
  sink_.write(bytes_of(tail));
  operation_.check_cancelled();
}

}  // namespace weightport
