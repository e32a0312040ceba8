// SPDX-License-Identifier: MIT
// Zip archives: what is read, what is refused, and how little of the file is touched.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "format/zip.hpp"
#include "zip_builder.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;
using namespace weightport::test;

namespace {

// A heap block of exactly the right size, so that a sanitizer sees a step outside.
Ref<Source> source_of(std::string_view bytes) {
  Buffer buffer(bytes.size());
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(buffer.data()));
  return buffer_source(std::move(buffer), "test.zip");
}

// An unmapped source that remembers what it was asked for.
struct Counted {
  std::string bytes;
  std::vector<std::pair<uint64_t, uint64_t>> reads;

  Ref<Source> source() {
    wp_source source = WP_SOURCE_INIT;
    source.user = this;
    source.size = bytes.size();
    source.read_at = [](uint64_t offset, void *buffer, size_t size, void *user) -> int32_t {
      auto *self = static_cast<Counted *>(user);
      self->reads.emplace_back(offset, size);
      self->bytes.copy(static_cast<char *>(buffer), size, offset);
      return 0;
    };
    return callback_source(source, false);
  }
};

Ref<ZipArchive> open_source(Ref<Source> source, Limits limits = {}) {
  Operation operation(limits, nullptr, nullptr, nullptr);
  Budget budget(limits, source->size());
  return ZipArchive::open(std::move(source), operation, budget);
}

Ref<ZipArchive> open(std::string_view bytes) { return open_source(source_of(bytes)); }

std::string text(const Buffer &buffer) { return {reinterpret_cast<const char *>(buffer.data()), buffer.size()}; }

std::string content(const ZipArchive &archive, std::string_view name) {
  const ZipRecord *record = archive.find(name);
  assert_non_null(record);
  return text(archive.read(*record));
}

void throw_fault(const ZipRecord &, const Error &fault) { throw fault; }

void verify(const ZipArchive &archive) {
  Operation operation;
  archive.verify(operation, throw_fault);
}

void read_everything(const ZipArchive &archive) {
  for (const auto &record : archive.records()) archive.read(record);
  verify(archive);
}

wp_code code_of(const std::function<void()> &action) {
  try {
    action();
  } catch (const Error &error) {
    return error.code();
  }
  return WP_OK;
}

// The code, after a check that the message has `part`.
wp_code failure(const std::function<void()> &action, std::string_view part) {
  try {
    action();
  } catch (const Error &error) {
    if (error.message().find(part) == std::string::npos) print_error("the message is: %s\n", error.message().c_str());
    assert_true(error.message().find(part) != std::string::npos);
    return error.code();
  }
  return WP_OK;
}

std::string letters(size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i * i % 23);
  return out;
}

// One record of each sort.
ZipBuilder sample() {
  ZipBuilder zip;
  zip.add({.name = "m/data.pkl", .content = "pickle", .descriptor = true, .padding = 13});
  zip.add({.name = "m/folder/", .content = ""});
  zip.add({.name = "m/data/0", .content = letters(300), .zip64 = true, .descriptor = true, .padding = 40});
  zip.add({.name = "m/code/a.py", .content = std::string(500, 'x'), .deflated = true});
  zip.add({.name = "m/data/1", .content = "unchecked", .checksum = false});
  zip.add("m/empty", "");
  return zip;
}

void test_reads_each_sort_of_record(void **) {
  for (bool zip64 : {false, true}) {
    ZipBuilder zip = sample();
    zip.zip64_end = zip64;
    auto archive = open(zip.build());
    assert_int_equal(archive->records().size(), 5);
    assert_string_equal(content(*archive, "m/data.pkl").c_str(), "pickle");
    assert_true(content(*archive, "m/data/0") == letters(300));
    assert_true(content(*archive, "m/code/a.py") == std::string(500, 'x'));
    assert_true(content(*archive, "m/data/1") == "unchecked");
    assert_true(content(*archive, "m/empty").empty());
    assert_null(archive->find("m/folder/"));
    assert_null(archive->find("m/data"));
    assert_int_equal(archive->data_offset(*archive->find("m/data/0")), zip.data[2]);
    assert_int_equal(archive->find("m/code/a.py")->method, kZipDeflated);
    verify(*archive);
  }
}

void test_comment_prefix_and_trailing_bytes(void **) {
  ZipBuilder zip = sample();
  zip.comment = ZipBuilder().build() + " is a whole archive in the comment";
  assert_int_equal(open(zip.build())->records().size(), 5);
  zip.comment.assign(UINT16_MAX, 'c');
  assert_int_equal(open(zip.build())->records().size(), 5);
  for (bool zip64 : {false, true}) {
    zip.zip64_end = zip64;
    zip.comment.clear();
    zip.prefix = "#!/bin/sh\n";
    auto archive = open(zip.build());
    read_everything(*archive);
    assert_int_equal(archive->data_offset(*archive->find("m/data.pkl")), zip.data[0]);
    read_everything(*open(zip.build() + std::string(100, '\0')));
  }
}

// What opens the last one only would give other weights than were meant.
void test_refuses_archives_in_a_row(void **) {
  ZipBuilder zip = sample();
  std::string one = zip.build();
  for (bool zip64 : {false, true}) {
    zip.zip64_end = zip64;
    std::string several = one + zip.build();
    assert_int_equal(code_of([&] { open(several); }), WP_ERROR_UNSUPPORTED);
    assert_int_equal(code_of([&] { open(one + several); }), WP_ERROR_UNSUPPORTED);
    Counted unmapped{several, {}};
    assert_int_equal(code_of([&] { open_source(unmapped.source()); }), WP_ERROR_UNSUPPORTED);
  }
}

void test_empty_archive(void **) {
  auto archive = open(ZipBuilder().build());
  assert_int_equal(archive->records().size(), 0);
  assert_null(archive->find("anything"));
  assert_null(archive->find(""));
}

void test_finds_every_name_among_many(void **) {
  ZipBuilder zip;
  for (int i = 0; i < 5000; ++i) zip.add(concat("archive/data/", i), concat(i));
  auto archive = open(zip.build());
  for (int i = 0; i < 5000; ++i) assert_true(content(*archive, concat("archive/data/", i)) == concat(i));
  assert_null(archive->find("archive/data/5000"));
}

void test_opening_reads_the_directory_only(void **) {
  ZipBuilder zip = sample();
  zip.zip64_end = true;
  Counted counted{zip.build(), {}};
  auto archive = open_source(counted.source());
  assert_int_equal(counted.reads.size(), 2);
  for (auto [offset, size] : counted.reads) assert_true(offset >= zip.central[0]);
  auto storage = record_storage(archive, *archive->find("m/data/0"), "cpu");
  assert_int_equal(counted.reads.size(), 2);
  assert_true(std::string(reinterpret_cast<const char *>(storage->data()), 300) == letters(300));
  verify(*archive);

  zip.comment = "c";
  Counted commented{zip.build(), {}};
  read_everything(*open_source(commented.source()));
}

void test_record_storage(void **) {
  ZipBuilder zip = sample();
  auto archive = open(zip.build());
  auto stored = record_storage(archive, *archive->find("m/data/0"), "cuda:0");
  assert_int_equal(stored->nbytes(), 300);
  assert_string_equal(stored->device().c_str(), "cuda:0");
  auto extent = stored->extent();
  assert_true(extent && extent->source == archive->source().get() && extent->offset == zip.data[2]);
  assert_ptr_equal(stored->data(), archive->source()->mapping() + zip.data[2]);
  auto deflated = record_storage(archive, *archive->find("m/code/a.py"), "cpu");
  assert_false(deflated->extent().has_value());
  archive = nullptr;
  assert_true(std::string(reinterpret_cast<const char *>(deflated->data()), 500) == std::string(500, 'x'));
}

void test_verify_finds_a_wrong_byte(void **) {
  ZipBuilder zip = sample();
  std::string bytes = zip.build();
  bytes[zip.data[2]] ^= 1;
  assert_int_equal(failure([&] { verify(*open(bytes)); }, "\"m/data/0\" has another CRC-32"), WP_ERROR_CORRUPT);
  bytes[zip.data[2]] ^= 1;
  bytes[zip.data[4]] ^= 1;
  verify(*open(bytes));

  auto cancel = make_ref<Cancel>();
  cancel->request();
  Operation operation({}, cancel.get(), nullptr, nullptr);
  auto archive = open(bytes);
  assert_int_equal(code_of([&] { archive->verify(operation, throw_fault); }), WP_ERROR_CANCELLED);
}

void test_verify_tells_how_far_it_is(void **) {
  ZipBuilder zip;
  zip.add("a", std::string(3'000'000, 'a')).add({.name = "b", .content = std::string(5000, 'b'), .deflated = true});
  uint64_t done = 0;
  Operation operation(
      {}, nullptr,
      [](uint64_t now, uint64_t, void *user) -> int32_t {
        assert_true(now > *static_cast<uint64_t *>(user));
        *static_cast<uint64_t *>(user) = now;
        return 0;
      },
      &done);
  auto archive = open(zip.build());
  archive->verify(operation, throw_fault);
  assert_int_equal(done, 3'000'000 + archive->find("b")->stored_size);
}

void test_refuses_what_it_cannot_read(void **) {
  ZipBuilder zip = sample();
  std::string good = zip.build(), bytes = good;
  patch<uint16_t>(bytes, zip.central[2] + 8, 1);
  auto archive = open(bytes);
  assert_int_equal(failure([&] { content(*archive, "m/data/0"); }, "\"m/data/0\" is encrypted"), WP_ERROR_UNSUPPORTED);
  assert_true(content(*archive, "m/data.pkl") == "pickle");

  bytes = good;
  patch<uint16_t>(bytes, zip.central[3] + 10, 14);
  archive = open(bytes);
  assert_int_equal(failure([&] { content(*archive, "m/code/a.py"); }, "method 14"), WP_ERROR_UNSUPPORTED);

  for (size_t at : {zip.end + 4, zip.end + 8, zip.central[1] + 34}) {
    bytes = good;
    patch<uint16_t>(bytes, at, 2);
    assert_int_equal(failure([&] { open(bytes); }, "several disks"), WP_ERROR_UNSUPPORTED);
  }
}

void test_refuses_a_contradicting_local_header(void **) {
  ZipBuilder zip = sample();
  std::string good = zip.build();
  auto read_spoilt = [&](size_t at, uint8_t value) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(value);
    content(*open(bytes), "m/data/0");
  };
  assert_int_equal(failure([&] { read_spoilt(zip.local[2], 'X'); }, "no local header"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { read_spoilt(zip.local[2] + 30, 'X'); }, "another name"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { read_spoilt(zip.local[2] + 26, 7); }, "another name"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { read_spoilt(zip.local[2] + 29, 1); }, "reaches into the next"), WP_ERROR_CORRUPT);
}

void test_refuses_overlap_and_duplicates(void **) {
  ZipBuilder zip;
  zip.add("a", letters(100)).add("b", letters(100)).add("c", letters(100));
  std::string good = zip.build(), bytes = good;
  patch<uint32_t>(bytes, zip.central[1] + 42, static_cast<uint32_t>(zip.local[0]));
  assert_int_equal(failure([&] { open(bytes); }, "reaches into record"), WP_ERROR_CORRUPT);

  bytes = good;
  patch<uint32_t>(bytes, zip.central[0] + 20, 101);
  patch<uint32_t>(bytes, zip.central[0] + 24, 101);
  assert_int_equal(failure([&] { open(bytes); }, "\"a\" of 101 bytes reaches into record \"b\""), WP_ERROR_CORRUPT);

  bytes = good;
  patch<uint32_t>(bytes, zip.central[2] + 20, 101);
  patch<uint32_t>(bytes, zip.central[2] + 24, 101);
  assert_int_equal(failure([&] { open(bytes); }, "reaches into the central directory"), WP_ERROR_CORRUPT);

  bytes = good;
  patch<uint32_t>(bytes, zip.central[2] + 42, 4'000'000'000);
  assert_int_equal(failure([&] { open(bytes); }, "\"c\""), WP_ERROR_CORRUPT);

  bytes = good;
  patch<uint32_t>(bytes, zip.central[0] + 24, 99);
  assert_int_equal(failure([&] { open(bytes); }, "stored, but in 100 bytes instead of 99"), WP_ERROR_CORRUPT);

  assert_int_equal(failure([&] { open(zip.add("a", "again").build()); }, "two records are called \"a\""), WP_ERROR_CORRUPT);
}

void test_refuses_false_counts(void **) {
  ZipBuilder zip = sample();
  std::string good = zip.build();
  auto open_with = [&](uint16_t count, uint32_t size, uint32_t offset) {
    std::string bytes = good;
    patch(bytes, zip.end + 8, count);
    patch(bytes, zip.end + 10, count);
    patch(bytes, zip.end + 12, size);
    patch(bytes, zip.end + 16, offset);
    open(bytes);
  };
  auto start = static_cast<uint32_t>(zip.central[0]), size = static_cast<uint32_t>(zip.end - zip.central[0]);
  open_with(6, size, start);
  assert_int_equal(failure([&] { open_with(65535, size, start); }, "cannot hold 65535 records"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { open_with(5, size, start); }, "goes on after its last record"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { open_with(7, size, start); }, "an entry"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { open_with(6, size - 1, start); }, "an entry"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { open_with(6, size + 1, start); }, "does not end before"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { open_with(6, 0xfffffffe, 0xfffffffe); }, "does not end before"), WP_ERROR_CORRUPT);
}

void test_refuses_zip64_lies(void **) {
  ZipBuilder zip = sample();
  zip.zip64_end = true;
  std::string good = zip.build();
  auto open_with = [&](size_t at, auto value) {
    std::string bytes = good;
    patch(bytes, at, value);
    open(bytes);
  };
  auto code = [&](size_t at, auto value) { return code_of([&] { open_with(at, value); }); };
  assert_int_equal(code(zip.end64, uint32_t{0}), WP_ERROR_CORRUPT);
  assert_int_equal(code(zip.end64 + 4, uint64_t{45}), WP_ERROR_CORRUPT);
  assert_int_equal(code(zip.end64 + 24, uint64_t{1}), WP_ERROR_UNSUPPORTED);
  assert_int_equal(code(zip.end64 + 40, UINT64_MAX), WP_ERROR_CORRUPT);
  assert_int_equal(code(zip.end64 + 48, UINT64_MAX), WP_ERROR_CORRUPT);
  assert_int_equal(code(zip.locator + 8, uint64_t{7}), WP_ERROR_CORRUPT);
  assert_int_equal(code(zip.locator + 16, uint32_t{2}), WP_ERROR_UNSUPPORTED);
  assert_int_equal(failure([&] { open_with(zip.end + 10, uint16_t{3}); }, "contradict each other"), WP_ERROR_CORRUPT);

  std::string bytes = good;
  patch(bytes, zip.end64 + 24, uint64_t{1} << 60);
  patch(bytes, zip.end64 + 32, uint64_t{1} << 60);
  assert_int_equal(failure([&] { open(bytes); }, "cannot hold"), WP_ERROR_CORRUPT);

  size_t extra = zip.central[2] + 46 + zip.items[2].name.size();
  assert_int_equal(failure([&] { open_with(extra + 2, uint16_t{8}); }, "too short"), WP_ERROR_CORRUPT);
  assert_int_equal(failure([&] { open_with(extra + 2, uint16_t{25}); }, "malformed"), WP_ERROR_CORRUPT);
  assert_int_equal(code(extra, uint16_t{2}), WP_ERROR_CORRUPT);
  for (size_t field : {4, 12, 20}) assert_int_equal(code(extra + field, UINT64_MAX - 1), WP_ERROR_CORRUPT);
}

void test_refuses_bombs_before_allocating(void **) {
  ZipBuilder zip;
  zip.add({.name = "bomb", .content = std::string(100'000, '\0'), .deflated = true, .zip64 = true});
  std::string good = zip.build(), bytes = good;
  Limits limits;
  limits.max_inflate_ratio = 10;
  auto archive = open_source(source_of(good), limits);
  assert_int_equal(failure([&] { content(*archive, "bomb"); }, "max_inflate_ratio"), WP_ERROR_LIMIT);
  assert_int_equal(content(*open(good), "bomb").size(), 100'000);

  size_t size_field = zip.central[0] + 46 + 4 + 4;
  patch(bytes, size_field, uint64_t{1} << 62);
  assert_int_equal(code_of([&] { content(*open(bytes), "bomb"); }), WP_ERROR_LIMIT);
  for (uint64_t size : {99'999, 100'001}) {
    patch(bytes, size_field, size);
    assert_int_equal(failure([&] { content(*open(bytes), "bomb"); }, "does not inflate to"), WP_ERROR_CORRUPT);
  }
  bytes = good;
  bytes[zip.data[0]] = 7;  // a reserved block type
  assert_int_equal(failure([&] { content(*open(bytes), "bomb"); }, "cannot be inflated"), WP_ERROR_CORRUPT);
}

void test_budget_bounds_the_directory(void **) {
  ZipBuilder zip;
  for (int i = 0; i < 1000; ++i) zip.add(concat(i), "");
  Limits limits;
  limits.max_bytes = 10'000;
  assert_int_equal(code_of([&] { open_source(source_of(zip.build()), limits); }), WP_ERROR_LIMIT);
}

// Both ways to read must refuse the same files.
wp_code outcome(const std::string &bytes) {
  wp_code mapped = code_of([&] { read_everything(*open(bytes)); });
  Counted counted{bytes, {}};
  assert_int_equal(code_of([&] { read_everything(*open_source(counted.source())); }), mapped);
  return mapped;
}

void test_truncated_at_every_byte(void **) {
  for (bool zip64 : {false, true}) {
    ZipBuilder zip = sample();
    zip.zip64_end = zip64;
    zip.comment = "a comment";
    std::string bytes = zip.build();
    assert_int_equal(outcome(bytes), WP_OK);
    for (size_t size = 0; size < bytes.size(); ++size) {
      assert_int_equal(outcome(bytes.substr(0, size)), WP_ERROR_CORRUPT);
    }
  }
}

void test_every_flipped_byte_ends_well(void **) {
  ZipBuilder zip = sample();
  zip.zip64_end = true;
  std::string bytes = zip.build();
  size_t refused = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int mask : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      wp_code code = outcome(bytes);
      assert_true(code == WP_OK || code == WP_ERROR_CORRUPT || code == WP_ERROR_UNSUPPORTED || code == WP_ERROR_LIMIT);
      refused += code != WP_OK;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
    }
  }
  assert_true(refused > bytes.size());
}

void test_fixtures(void **) {
  constexpr const char *kFolder = WEIGHTPORT_FIXTURES;
  if (!std::filesystem::exists(kFolder)) {
    print_message("skipped: there is no %s\n", kFolder);
    skip();
  }
  size_t archives = 0;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    if (!entry.is_regular_file() || entry.file_size() < 4) continue;
    auto source = open_file(entry.path().string().c_str(), true);
    if (load_le<uint32_t>(source->mapping()) != 0x04034b50) continue;
    auto archive = open_source(source);
    assert_true(archive->records().size() > 0);
    read_everything(*archive);
    ++archives;
  }
  assert_true(archives > 100);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_reads_each_sort_of_record),
      cmocka_unit_test(test_comment_prefix_and_trailing_bytes),
      cmocka_unit_test(test_refuses_archives_in_a_row),
      cmocka_unit_test(test_empty_archive),
      cmocka_unit_test(test_finds_every_name_among_many),
      cmocka_unit_test(test_opening_reads_the_directory_only),
      cmocka_unit_test(test_record_storage),
      cmocka_unit_test(test_verify_finds_a_wrong_byte),
      cmocka_unit_test(test_verify_tells_how_far_it_is),
      cmocka_unit_test(test_refuses_what_it_cannot_read),
      cmocka_unit_test(test_refuses_a_contradicting_local_header),
      cmocka_unit_test(test_refuses_overlap_and_duplicates),
      cmocka_unit_test(test_refuses_false_counts),
      cmocka_unit_test(test_refuses_zip64_lies),
      cmocka_unit_test(test_refuses_bombs_before_allocating),
      cmocka_unit_test(test_budget_bounds_the_directory),
      cmocka_unit_test(test_truncated_at_every_byte),
      cmocka_unit_test(test_every_flipped_byte_ends_well),
      cmocka_unit_test(test_fixtures),
  };
  return cmocka_run_group_tests_name("zip", tests, nullptr, nullptr);
}
