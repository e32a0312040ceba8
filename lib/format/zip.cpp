// SPDX-License-Identifier: MIT
#include "format/zip.hpp"

#include <bit>
#include <utility>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace weightport {

Ref<ZipArchive> ZipArchive::open(Ref<Source> source, const Operation &operation, Budget &budget) {
  ZipDirectory directory = read_zip_directory(*source, operation, budget);
  auto archive = Ref<ZipArchive>::adopt(new ZipArchive(std::move(source), std::move(directory), operation.limits()));
  archive->index_names(budget);
  return archive;
}

void ZipArchive::index_names(Budget &budget) {
  const auto &records = directory_.records;
  if (records.size() >= UINT32_MAX / 4) fail(WP_ERROR_LIMIT, "a zip archive of ", records.size(), " records is too large");
  size_t slots = std::bit_ceil(2 * records.size() + 1);
  budget.charge(slots * sizeof(uint32_t));
  index_.resize(slots);
  for (uint32_t number = 1; number <= records.size(); ++number) {
    const ZipRecord &record = records[number - 1];
    size_t slot = hash_bytes(record.name) & (slots - 1);
    for (; index_[slot]; slot = (slot + 1) & (slots - 1)) {
      if (records[index_[slot] - 1].name != record.name) continue;
      corrupt(record.header_offset, "two records are called \"", printable(record.name), "\"");
    }
    index_[slot] = number;
  }
}

const ZipRecord *ZipArchive::find(std::string_view name) const noexcept {
  size_t mask = index_.size() - 1;
  for (size_t slot = hash_bytes(name) & mask; index_[slot]; slot = (slot + 1) & mask) {
    const ZipRecord &record = directory_.records[index_[slot] - 1];
    if (record.name == name) return &record;
  }
  return nullptr;
}

}  // namespace weightport
