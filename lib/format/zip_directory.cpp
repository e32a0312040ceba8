// SPDX-License-Identifier: MIT
// After PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.5.
#include "format/zip_directory.hpp"

#include <algorithm>
#include <optional>

#include "base/checked.hpp"
#include "base/endian.hpp"
#include "base/error.hpp"

namespace weightport {
namespace {

constexpr uint32_t kEntrySignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kLocatorSignature = 0x07064b50;
constexpr uint64_t kEntrySize = 46;
constexpr uint64_t kEndSize = 22;
constexpr uint64_t kEnd64Size = 56;
constexpr uint64_t kLocatorSize = 20;
constexpr uint64_t kMaxComment = UINT16_MAX;
constexpr uint16_t kZip64Extra = 1;

uint16_t u16(const std::byte *p) { return load_le<uint16_t>(p); }
uint32_t u32(const std::byte *p) { return load_le<uint32_t>(p); }
uint64_t u64(const std::byte *p) { return load_le<uint64_t>(p); }

// The last bytes of the source.
struct Tail {
  uint64_t offset;
  std::span<const std::byte> bytes;
};

// Where the end record stands in the tail. An archive may have bytes behind it that its comment does not count; they are
// accepted with `loose`, and only if no end record fits exactly.
std::optional<uint64_t> find_end(const Tail &tail, bool loose) {
  std::optional<uint64_t> found;
  uint64_t size = tail.bytes.size();
  for (uint64_t left = 0; left + kEndSize <= size && left <= kMaxComment; ++left) {
    uint64_t at = size - kEndSize - left;
    if (u32(&tail.bytes[at]) != kEndSignature) continue;
    uint64_t comment = u16(&tail.bytes[at + 20]);
    if (comment == left) return at;
    if (loose && !found && comment < left) found = at;
  }
  return found;
}

[[noreturn]] void several_disks() { fail(WP_ERROR_UNSUPPORTED, "a zip archive on several disks cannot be read"); }

// Disk `number` must be the only one; `saturated` means that the zip64 record has the number.
void require_disk_0(uint64_t number, uint64_t saturated) {
  if (number > 0 && number != saturated) several_disks();
}

// What the archive says about its directory.
struct EndRecord {
  uint64_t at;  // where the directory must end, in the source
  uint64_t entries_here, entries, size, offset;
  std::optional<uint64_t> declared;  // where the zip64 locator says that `at` is
};

EndRecord read_end(const Tail &tail, uint64_t end) {
  const std::byte *p = &tail.bytes[end];
  require_disk_0(u16(p + 4), UINT16_MAX);
  require_disk_0(u16(p + 6), UINT16_MAX);
  return {tail.offset + end, u16(p + 8), u16(p + 10), u32(p + 12), u32(p + 16), std::nullopt};
}

bool has_locator(const Tail &tail, uint64_t end) {
  return end >= kLocatorSize && u32(&tail.bytes[end - kLocatorSize]) == kLocatorSignature;
}

// The zip64 end record and its locator stand before the ordinary one, which may be saturated but not different.
EndRecord read_end64(const Tail &tail, uint64_t end, const EndRecord &narrow) {
  const std::byte *locator = &tail.bytes[end - kLocatorSize];
  require_disk_0(u32(locator + 4), UINT32_MAX);
  if (u32(locator + 16) > 1) several_disks();
  const std::byte *p = end < kLocatorSize + kEnd64Size ? nullptr : locator - kEnd64Size;
  if (!p || u32(p) != kEnd64Signature || u64(p + 4) != kEnd64Size - 12) {
    corrupt(narrow.at - kLocatorSize, "the zip64 end record does not stand before its locator");
  }
  require_disk_0(u32(p + 16), UINT32_MAX);
  require_disk_0(u32(p + 20), UINT32_MAX);
  EndRecord wide{narrow.at - kLocatorSize - kEnd64Size, u64(p + 24), u64(p + 32), u64(p + 40), u64(p + 48), u64(locator + 8)};
  auto same = [](uint64_t value, uint64_t saturated, uint64_t other) { return value == saturated || value == other; };
  if (!same(narrow.entries_here, UINT16_MAX, wide.entries_here) || !same(narrow.entries, UINT16_MAX, wide.entries) ||
      !same(narrow.size, UINT32_MAX, wide.size) || !same(narrow.offset, UINT32_MAX, wide.offset)) {
    corrupt(narrow.at, "the zip archive's two end records contradict each other");
  }
  return wide;
}

// Where the directory lies in the source.
struct Place {
  uint64_t offset;
  uint64_t size;
  uint64_t entries;
  uint64_t shift;  // bytes before the archive, which the offsets in it do not count
};

Place place_directory(const Tail &tail, uint64_t end) {
  EndRecord record = read_end(tail, end);
  if (has_locator(tail, end)) record = read_end64(tail, end, record);
  if (record.entries_here != record.entries) several_disks();
  auto stop = checked_add(record.offset, record.size);
  if (!stop || *stop > record.at) {
    corrupt(record.at, "the central directory of ", record.size, " bytes at ", record.offset,
            " does not end before the end record");
  }
  uint64_t start = record.at - record.size, shift = record.at - *stop;
  if (record.declared && *record.declared != *stop) {
    corrupt(record.at, "the zip64 locator does not point to the zip64 end record");
  }
  if (record.entries > record.size / kEntrySize) {
    corrupt(start, "a central directory of ", record.size, " bytes cannot hold ", record.entries, " records");
  }
  return {start, record.size, record.entries, shift};
}

Place find_directory(const Source &source, Budget &budget) {
  if (const std::byte *mapping = source.mapping()) {
    Tail whole{0, {mapping, static_cast<size_t>(source.size())}};
    if (auto end = find_end(whole, true)) return place_directory(whole, *end);
  } else {
    // Nearly every archive ends without a comment: a short read finds its end and touches no record.
    for (uint64_t comment : {uint64_t{0}, kMaxComment}) {
      uint64_t size = std::min(source.size(), comment + kEndSize + kLocatorSize + kEnd64Size);
      budget.charge(size);
      Buffer buffer = source.read(source.size() - size, size);
      Tail tail{source.size() - size, buffer.span()};
      auto end = find_end(tail, comment != 0);
      bool whole = end && (tail.offset == 0 || *end >= kLocatorSize + kEnd64Size);
      if (whole) return place_directory(tail, *end);
    }
  }
  throw Error(WP_ERROR_CORRUPT, "no end of central directory: not a zip archive, or a truncated one");
}

// Where the fields of an entry do not suffice, the extra field has them: those that are saturated, in this order.
void widen(ZipRecord &record, std::span<const std::byte> extra, uint64_t at) {
  uint64_t *fields[] = {&record.size, &record.stored_size, &record.header_offset};
  while (extra.size() >= 4) {
    size_t size = u16(&extra[2]);
    if (size > extra.size() - 4) corrupt(at, "record \"", printable(record.name), "\" has a malformed extra field");
    auto data = extra.subspan(4, size);
    if (u16(&extra[0]) == kZip64Extra) {
      for (uint64_t *field : fields) {
        if (*field != UINT32_MAX) continue;
        if (data.size() < 8) corrupt(at, "record \"", printable(record.name), "\" has a zip64 extra field that is too short");
        *field = u64(data.data());
        data = data.subspan(8);
      }
      return;
    }
    extra = extra.subspan(4 + size);
  }
}

// Takes an entry off the front of `rest`, which stands at `at` in the source.
ZipRecord take_entry(std::span<const std::byte> &rest, uint64_t at, uint64_t shift) {
  if (rest.size() < kEntrySize || u32(rest.data()) != kEntrySignature) {
    corrupt(at, "an entry of the central directory is expected here");
  }
  const std::byte *p = rest.data();
  size_t name_size = u16(p + 28), extra_size = u16(p + 30), comment_size = u16(p + 32);
  size_t size = kEntrySize + name_size + extra_size + comment_size;
  if (size > rest.size()) corrupt(at, "an entry reaches past the end of the central directory");
  ZipRecord record{};
  record.name = {reinterpret_cast<const char *>(p + kEntrySize), name_size};
  record.flags = u16(p + 8);
  record.method = u16(p + 10);
  record.crc32 = u32(p + 16);
  record.stored_size = u32(p + 20);
  record.size = u32(p + 24);
  record.header_offset = u32(p + 42);
  if (std::max({record.stored_size, record.size, record.header_offset}) == UINT32_MAX) {
    widen(record, rest.subspan(kEntrySize + name_size, extra_size), at);
  }
  require_disk_0(u16(p + 34), UINT16_MAX);
  if (record.method == kZipStored && !(record.flags & kZipEncrypted) && record.stored_size != record.size) {
    corrupt(at, "record \"", printable(record.name), "\" is stored, but in ", record.stored_size, " bytes instead of ",
            record.size);
  }
  auto offset = checked_add(record.header_offset, shift);
  if (!offset) corrupt(at, "record \"", printable(record.name), "\" lies outside the file");
  record.header_offset = *offset;
  rest = rest.subspan(size);
  return record;
}

void set_limits(std::vector<ZipRecord> &records, uint64_t directory) {
  std::vector<ZipRecord *> order;
  order.reserve(records.size());
  for (auto &record : records) order.push_back(&record);
  auto before = [](const ZipRecord *a, const ZipRecord *b) { return a->header_offset < b->header_offset; };
  if (!std::is_sorted(order.begin(), order.end(), before)) std::sort(order.begin(), order.end(), before);
  for (size_t i = 0; i < order.size(); ++i) {
    ZipRecord &record = *order[i];
    const ZipRecord *next = i + 1 < order.size() ? order[i + 1] : nullptr;
    record.limit = next ? std::min(next->header_offset, directory) : directory;
    auto size = checked_add(kZipLocalHeaderSize + record.name.size(), record.stored_size);
    if (size && inside(record.header_offset, *size, record.limit)) continue;
    corrupt(record.header_offset, "record \"", printable(record.name), "\" of ", record.stored_size, " bytes reaches into ",
            next ? concat("record \"", printable(next->name), "\"") : std::string("the central directory"));
  }
}

// What stands before an archive is a program that unpacks it, say. If it is an archive itself, this is only the last of
// several.
void require_one_archive(const Source &source, const Place &place) {
  if (place.shift < sizeof kZipLocalSignature) return;
  Buffer scratch;
  if (u32(bytes_at(source, 0, sizeof kZipLocalSignature, scratch)) != kZipLocalSignature) return;
  fail(WP_ERROR_UNSUPPORTED, "the file holds several archives in a row, the last at ", place.shift,
       "; if it is of torch.distributed.checkpoint (.distcp), convert its folder with "
       "torch.distributed.checkpoint.format_utils.dcp_to_torch_save");
}

}  // namespace

const std::byte *bytes_at(const Source &source, uint64_t offset, uint64_t size, Buffer &scratch) {
  if (source.mapping() && inside(offset, size, source.size())) {
    source.check_mapping();
    return source.mapping() + offset;
  }
  scratch = source.read(offset, size);
  return scratch.data();
}

ZipDirectory read_zip_directory(const Source &source, const Operation &operation, Budget &budget) {
  operation.check_cancelled();
  Place place = find_directory(source, budget);
  require_one_archive(source, place);
  ZipDirectory directory;
  if (!source.mapping()) budget.charge(place.size);
  std::span rest(bytes_at(source, place.offset, place.size, directory.bytes), static_cast<size_t>(place.size));
  budget.charge(place.entries * (sizeof(ZipRecord) + sizeof(void *)));
  directory.records.reserve(static_cast<size_t>(place.entries));
  for (uint64_t i = 0; i < place.entries; ++i) {
    operation.check_cancelled();
    ZipRecord record = take_entry(rest, place.offset + place.size - rest.size(), place.shift);
    if (!record.name.ends_with('/')) directory.records.push_back(record);
  }
  if (!rest.empty()) {
    corrupt(place.offset + place.size - rest.size(), "the central directory goes on after its last record");
  }
  set_limits(directory.records, place.offset);
  return directory;
}

}  // namespace weightport
