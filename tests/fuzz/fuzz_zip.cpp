// SPDX-License-Identifier: MIT
// A zip archive: its directory, and every record's content.
#include "format/zip.hpp"
#include "fuzz.hpp"

using namespace weightport;

namespace {

constexpr uint64_t kMaxRead = 1 << 20;

void read_archive(Ref<Source> source) {
  Operation operation;
  Ref<ZipArchive> archive;
  {
    fuzz::Bounds bounds;
    Budget budget(operation.limits(), source->size());
    archive = ZipArchive::open(source, operation, budget);
  }
  for (const auto &record : archive->records()) {
    fuzz::expect(archive->find(record.name) != nullptr, "every record is found by its name");
    if (record.size > kMaxRead) continue;
    wp_code code = fuzz::attempt([&] {
      Buffer content = archive->read(record);
      fuzz::expect(content.size() == record.size, "a record has the size that the directory says");
    });
    Ref<Storage> storage = record_storage(archive, record, "cpu");
    fuzz::expect(fuzz::attempt([&] { storage->data(); }) == code, "a record and its storage end alike");
  }
  archive->verify(operation, [](const ZipRecord &, const Error &fault) { fuzz::check_error(fault.code(), fault.message()); });
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto bytes = fuzz::bytes_of(data, size);
  wp_code a = fuzz::attempt([&] { read_archive(fuzz::mapped(bytes)); });
  wp_code b = fuzz::attempt([&] { read_archive(fuzz::unmapped(bytes)); });
  fuzz::expect(a == b, "a mapped file and one that is read end alike");
  return 0;
}
