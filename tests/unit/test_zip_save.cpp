// SPDX-License-Identifier: MIT
// Zip archives that are not written to the end: whatever breaks off a save, the old file stays and nothing else is left.
#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/zip.hpp"
#include "format/zip_writer.hpp"
#include "sink_writing.hpp"
#include "temp_folder.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;
using namespace weightport::test;

namespace {

using Names = std::set<std::string>;
using Records = std::vector<std::pair<std::string, std::string>>;

// Records small and large, so that a failure meets both threads at work; more of them are small enough to be gathered.
Records sample() {
  Records records;
  for (size_t size : {700, 0, 70'000, 1'500'000, 3'000'000, 12, 300'000, 40'000}) {
    records.emplace_back(concat("data/", records.size()), std::string(size, static_cast<char>('a' + records.size())));
  }
  return records;
}

uint64_t total_of(const Records &records) {
  uint64_t total = 0;
  for (const auto &[name, content] : records) total += content.size();
  return total;
}

void write_zip(Sink &sink, const Records &records, Operation &operation) {
  ZipWriter zip(sink, "archive/", operation);
  for (const auto &[name, content] : records) zip.add(name, bytes_of(content));
  zip.finish();
  sink.finish();
}

// Takes so many bytes, or calls, and no more.
struct Limited {
  uint64_t bytes_left = UINT64_MAX;
  int calls_left = INT32_MAX;
  uint64_t bytes = 0;
  int calls = 0, finishes = 0, aborts = 0;

  wp_sink sink() {
    wp_sink sink = WP_SINK_INIT;
    sink.user = this;
    sink.write = [](const void *, size_t size, void *user) -> int32_t {
      auto *self = static_cast<Limited *>(user);
      if (size > self->bytes_left || self->calls_left == 0) return 28;
      self->bytes_left -= size;
      --self->calls_left;
      self->bytes += size;
      ++self->calls;
      return 0;
    };
    sink.finish = [](void *user) -> int32_t {
      ++static_cast<Limited *>(user)->finishes;
      return 0;
    };
    sink.abort = [](void *user) { ++static_cast<Limited *>(user)->aborts; };
    return sink;
  }

  Error save() {
    return failure([this] {
      Operation operation;
      write_zip(*callback_sink(sink()), sample(), operation);
    });
  }
};

void assert_aborted(Limited &limited) {
  assert_int_equal(limited.save().code(), WP_ERROR_CALLBACK);
  assert_int_equal(limited.aborts, 1);
  assert_int_equal(limited.finishes, 0);
}

void test_sink_that_fails_at_each_call(void **) {
  Limited whole;
  assert_int_equal(whole.save().code(), WP_OK);
  assert_int_equal(whole.finishes, 1);
  assert_int_equal(whole.aborts, 0);
  assert_true(whole.calls > 5);
  for (int calls = 0; calls < whole.calls; ++calls) {
    Limited limited;
    limited.calls_left = calls;
    assert_aborted(limited);
  }
  Limited enough;
  enough.calls_left = whole.calls;
  assert_int_equal(enough.save().code(), WP_OK);
}

void test_sink_that_fails_at_byte_counts(void **) {
  Limited whole;
  assert_int_equal(whole.save().code(), WP_OK);
  for (uint64_t bytes = 0; bytes < whole.bytes; bytes += whole.bytes / 97) {
    Limited limited;
    limited.bytes_left = bytes;
    assert_aborted(limited);
  }
  Limited nearly;
  nearly.bytes_left = whole.bytes - 1;
  assert_aborted(nearly);
}

// A file with "old" in it, over which saves fail.
struct OldFile {
  TempFolder folder;
  std::string path = folder / "model.pt";

  OldFile() { fill(path, "old"); }
  Error save(const std::function<void(Sink &)> &write) {
    return failure([&] { write(*file_sink(path.c_str(), {})); });
  }
  void assert_untouched() {
    assert_string_equal(content_of(path).c_str(), "old");
    assert_true(folder.names() == Names{"model.pt"});
  }
};

// Stops, in one way or the other, once so many bytes are done.
struct Stop {
  Ref<Cancel> cancel = make_ref<Cancel>();
  uint64_t at = 0;
  bool by_cancel = false;
  uint64_t done = 0, total = 0;

  static int32_t progress(uint64_t done, uint64_t total, void *user) {
    auto *self = static_cast<Stop *>(user);
    assert_true(done >= self->done);
    self->done = done;
    self->total = total;
    if (done < self->at) return 0;
    if (self->by_cancel) self->cancel->request();
    return !self->by_cancel;
  }
};

void test_stopped_by_the_caller(void **) {
  Records records = sample();
  uint64_t total = total_of(records);
  OldFile old;
  for (bool by_cancel : {true, false}) {
    for (uint64_t at : {uint64_t{1}, total / 4, total / 2, total - 1, total}) {
      Stop stop;
      stop.at = at;
      stop.by_cancel = by_cancel;
      Operation operation({}, stop.cancel.get(), Stop::progress, &stop);
      Error error = old.save([&](Sink &sink) { write_zip(sink, records, operation); });
      assert_int_equal(error.code(), by_cancel ? WP_ERROR_CANCELLED : WP_ERROR_CALLBACK);
      assert_true(stop.done >= at && stop.done <= at + (1 << 20));
      old.assert_untouched();
    }
  }
}

void test_progress_counts_the_contents(void **) {
  Records records = sample();
  Stop never;
  never.at = UINT64_MAX;
  Operation operation({}, nullptr, Stop::progress, &never);
  operation.set_total(total_of(records));
  MemorySink sink;
  write_zip(sink, records, operation);
  assert_int_equal(never.done, total_of(records));
  assert_int_equal(never.total, total_of(records));
}

void test_storage_that_cannot_be_read(void **) {
  constexpr uint64_t kSize = 5'000'000;
  static uint64_t readable;
  OldFile old;
  for (readable = 0; readable < kSize; readable += 700'000) {
    wp_source source = WP_SOURCE_INIT;
    source.size = kSize;
    source.read_at = [](uint64_t offset, void *buffer, size_t size, void *) -> int32_t {
      std::fill_n(static_cast<char *>(buffer), size, 'x');
      return offset + size > readable ? 5 : 0;
    };
    auto storage = source_storage(callback_source(source, false), 0, kSize);
    Error error = old.save([&](Sink &sink) {
      Operation operation;
      ZipWriter zip(sink, "archive/", operation);
      zip.add("data/0", *storage);
      zip.finish();
      sink.finish();
    });
    assert_int_equal(error.code(), WP_ERROR_CALLBACK);
    assert_true(error.message().starts_with("read_at returned 5"));
    assert_string_equal(error.file().c_str(), "source");  // it was not the new file's fault
    old.assert_untouched();
  }
}

void test_saving_over_the_mapped_file(void **) {
  TempFolder folder;
  std::string path = folder / "model.pt";
  Operation operation;
  write_zip(*file_sink(path.c_str(), {}), sample(), operation);
  std::string before = content_of(path);
  auto source = open_file(path.c_str(), true);
  assert_non_null(source->mapping());
  Budget budget({}, source->size());
  auto archive = ZipArchive::open(source, operation, budget);
  for (int round = 0; round < 2; ++round) {
    auto sink = file_sink(path.c_str(), {});
    ZipWriter zip(*sink, "archive/", operation);
    for (const auto &record : archive->records()) {
      zip.add(record.name.substr(std::string_view("archive/").size()), *record_storage(archive, record, "cpu"));
    }
    zip.finish();
#ifdef _WIN32
    // A file that is mapped is not replaced there: an error, and the old one stays.
    assert_int_equal(failure([&] { sink->finish(); }).code(), WP_ERROR_IO);
#else
    sink->finish();
#endif
    assert_true(content_of(path) == before);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_sink_that_fails_at_each_call), cmocka_unit_test(test_sink_that_fails_at_byte_counts),
      cmocka_unit_test(test_stopped_by_the_caller),        cmocka_unit_test(test_progress_counts_the_contents),
      cmocka_unit_test(test_storage_that_cannot_be_read),  cmocka_unit_test(test_saving_over_the_mapped_file),
  };
  return cmocka_run_group_tests_name("zip_save", tests, nullptr, nullptr);
}
