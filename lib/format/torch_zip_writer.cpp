// SPDX-License-Identifier: MIT
#include "format/torch_zip_writer.hpp"

#include <string>

#include "base/text.hpp"
#include "format/pickle/pickler.hpp"
#include "format/zip_writer.hpp"

namespace weightport {
namespace {

// At most, of headers, names and padding for a record, and of records that are no storages.
constexpr uint64_t kAroundRecord = 512;
constexpr uint64_t kRecords = 8;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

// 40 digits that stand for the content: PyTorch combines a hash of the records' names and one of their checksums.
std::string serialization_id(uint64_t names, uint32_t checksums) {
  auto padded = [](uint64_t number) {
    std::string digits = concat(number);
    return std::string(20 - digits.size(), '0') + digits;
  };
  return padded(names) + padded(checksums);
}

// FNV-1a: the same in every process, as hash_bytes() is not.
uint64_t hash_name(uint64_t hash, std::string_view name) {
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

void write_torch_zip(const Node &root, Sink &sink, Operation &operation) {
  StorageTable storages;
  Buffer pickled = pickle(root, storages, StorageIds::kZip, operation);
  uint64_t total = pickled.size();
  for (const auto &[storage, dtype] : storages.storages()) total += storage->nbytes();
  operation.set_total(total);
  sink.expect(total + kAroundRecord * (storages.storages().size() + kRecords));

  ZipWriter zip(sink, "archive/", operation);
  uint64_t names = 0xcbf29ce484222325;
  auto add = [&](const std::string &name, const auto &content) {
    names = hash_name(names, name);
    zip.add(name, content);
  };
  add("data.pkl", std::as_const(pickled).span());
  add(".format_version", bytes_of("1"));
  add(".storage_alignment", bytes_of("64"));
  add("byteorder", bytes_of("little"));
  for (size_t i = 0; i < storages.storages().size(); ++i) add(concat("data/", i), *storages.storages()[i].storage);
  add("version", bytes_of("3\n"));
  zip.add(".data/serialization_id", bytes_of(serialization_id(names, zip.combined_crc32())));
  zip.finish();
}

}  // namespace weightport
