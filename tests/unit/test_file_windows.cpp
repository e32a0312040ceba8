// SPDX-License-Identifier: MIT
// Files on Windows: names beyond the code page, long paths, mappings, and replacing in one step.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/error.hpp"
#include "io/path.hpp"
#include "io/sink.hpp"
#include "io/source.hpp"
#include "io/windows.hpp"
#include "sink_writing.hpp"
#include "temp_folder.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;
using namespace weightport::test;

namespace {

std::string text_of(const Source &source) {
  std::string out(static_cast<size_t>(source.size()), '\0');
  source.read(0, std::as_writable_bytes(std::span(out)));
  return out;
}

void save(const std::string &path, std::string_view text, bool durable = true) {
  auto sink = file_sink(path.c_str(), {0, durable});
  sink->write(bytes_of(text));
  sink->finish();
}

wp_code open_code(const std::string &path) {
  return failure([&] { open_file(path.c_str(), true); }).code();
}

void test_names_are_utf16(void **) {
  TempFolder folder;
  // Not by std::filesystem, which takes narrow names to be of the code page.
  std::string path = (folder / "") + "mod\u00e8le \u6a21\u578b \U0001f600.pt";
  save(path, "weights");
  std::wstring there = std::filesystem::directory_iterator(folder / "")->path().filename().wstring();
  assert_true(there == L"mod\u00e8le \u6a21\u578b \xd83d\xde00.pt");
  assert_string_equal(text_of(*open_file(path.c_str(), true)).c_str(), "weights");
  assert_string_equal(text_of(*open_file(path.c_str(), false)).c_str(), "weights");
}

void test_long_paths(void **) {
  TempFolder folder;
  std::string path = folder / "";
  for (int i = 0; i < 4; ++i) {
    path += std::string(90, 'a') + "\\";
    assert_true(::CreateDirectoryW(windows::wide_path(path).c_str(), nullptr));
  }
  path += "model.pt";
  save(path, "weights");
  assert_string_equal(text_of(*open_file(path.c_str(), true)).c_str(), "weights");
  for (size_t end = path.size(); path.size() > 90; path.resize(end)) {
    end = path.find_last_of("\\", path.size() - 2);
    std::wstring wide = windows::wide_path(path);
    if (!::DeleteFileW(wide.c_str()) && !::RemoveDirectoryW(wide.c_str())) break;
  }
}

void test_what_cannot_be_opened(void **) {
  TempFolder folder;
  assert_int_equal(open_code(folder / "missing.pt"), WP_ERROR_NOT_FOUND);
  assert_int_equal(open_code(folder / "no/folder.pt"), WP_ERROR_NOT_FOUND);
  assert_int_equal(open_code("\xff.pt"), WP_ERROR_NOT_FOUND);
  assert_int_equal(open_code(folder / "."), WP_ERROR_IO);
  assert_int_equal(open_code("NUL"), WP_ERROR_IO);
  Error error = failure([&] { open_file((folder / "missing.pt").c_str(), true); });
  assert_string_equal(error.message().c_str(), "cannot open: No such file or directory");
  assert_string_equal(error.file().c_str(), (folder / "missing.pt").c_str());
}

void test_mapping(void **) {
  TempFolder folder;
  // Not by std::filesystem, which takes narrow names to be of the code page.
  std::string path = (folder / "") + "model.pt", all = letters(200'000);
  save(path, all);
  auto mapped = open_file(path.c_str(), true), read = open_file(path.c_str(), false);
  assert_non_null(mapped->mapping());
  assert_null(read->mapping());
  assert_memory_equal(mapped->mapping(), all.data(), all.size());
  assert_memory_equal(read->read(70'001, 1000).data(), all.data() + 70'001, 1000);
  assert_false(read->make_private());
}

void test_a_private_mapping_leaves_the_file(void **) {
  TempFolder folder;
  // Not by std::filesystem, which takes narrow names to be of the code page.
  std::string path = (folder / "") + "model.pt";
  save(path, "weights");
  auto source = open_file(path.c_str(), true);
  assert_true(source->make_private());
  std::memcpy(const_cast<std::byte *>(source->mapping()), "WEIGHTS", 7);
  assert_memory_equal(source->mapping(), "WEIGHTS", 7);
  assert_string_equal(text_of(*source).c_str(), "weights");
  assert_string_equal(content_of(path).c_str(), "weights");
}

void test_empty(void **) {
  TempFolder folder;
  save(folder / "empty", "");
  auto source = open_file((folder / "empty").c_str(), true);
  assert_int_equal(source->size(), 0);
  assert_null(source->mapping());
}

void test_all_that_is_written(void **) {
  TempFolder folder;
  for (bool durable : {true, false}) {
    auto sink = file_sink((folder / "model.pt").c_str(), {0, durable});
    std::string all = write_mixed(*sink);
    sink->finish();
    assert_true(content_of(folder / "model.pt") == all);
  }
  assert_true(folder.names() == std::set<std::string>{"model.pt"});
}

void test_replaces_in_one_step(void **) {
  TempFolder folder;
  std::string path = folder / "model.pt";
  save(path, "old");
  auto sink = file_sink(path.c_str(), {});
  sink->write(bytes_of("new one"));
  sink->prepare();
  assert_string_equal(content_of(path).c_str(), "old");
  sink->finish();
  assert_string_equal(content_of(path).c_str(), "new one");
  assert_true(folder.names() == std::set<std::string>{"model.pt"});
}

void test_what_is_not_finished_is_gone(void **) {
  TempFolder folder;
  // Not by std::filesystem, which takes narrow names to be of the code page.
  std::string path = (folder / "") + "model.pt";
  save(path, "old");
  {
    auto sink = file_sink(path.c_str(), {});
    sink->write(bytes_of(letters(100'000)));
    assert_int_equal(folder.names().size(), 2);
  }
  assert_string_equal(content_of(path).c_str(), "old");
  assert_true(folder.names() == std::set<std::string>{"model.pt"});
}

// Another program has it open and lets nobody remove it.
void test_what_cannot_be_replaced_stays(void **) {
  TempFolder folder;
  // Not by std::filesystem, which takes narrow names to be of the code page.
  std::string path = (folder / "") + "model.pt";
  save(path, "old");
  windows::Handle other(
      ::CreateFileW(windows::wide_path(path).c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, 0, nullptr));
  assert_true(static_cast<bool>(other));
  Error error = failure([&] { save(path, "new"); });
  assert_int_equal(error.code(), WP_ERROR_IO);
  assert_true(error.message().starts_with("cannot replace the old file: "));
  assert_string_equal(error.file().c_str(), path.c_str());
  assert_string_equal(content_of(path).c_str(), "old");
  assert_true(folder.names() == std::set<std::string>{"model.pt"});
}

void test_where_nothing_can_be_created(void **) {
  TempFolder folder;
  auto code = [](const std::string &path) { return failure([&] { file_sink(path.c_str(), {}); }).code(); };
  assert_int_equal(code(folder / "no/model.pt"), WP_ERROR_NOT_FOUND);
  assert_int_equal(code(folder / ""), WP_ERROR_IO);
  assert_int_equal(code(""), WP_ERROR_IO);
  std::filesystem::create_directory(folder / "sub");
  assert_int_equal(code(folder / "sub"), WP_ERROR_IO);
}

void test_folder_of_a_path(void **) {
  assert_int_equal(folder_size("model.pt"), 0);
  assert_int_equal(folder_size("a\\model.pt"), 2);
  assert_int_equal(folder_size("a\\b/model.pt"), 4);
  assert_int_equal(folder_size("C:model.pt"), 2);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_names_are_utf16),
      cmocka_unit_test(test_long_paths),
      cmocka_unit_test(test_what_cannot_be_opened),
      cmocka_unit_test(test_mapping),
      cmocka_unit_test(test_a_private_mapping_leaves_the_file),
      cmocka_unit_test(test_empty),
      cmocka_unit_test(test_all_that_is_written),
      cmocka_unit_test(test_replaces_in_one_step),
      cmocka_unit_test(test_what_is_not_finished_is_gone),
      cmocka_unit_test(test_what_cannot_be_replaced_stays),
      cmocka_unit_test(test_where_nothing_can_be_created),
      cmocka_unit_test(test_folder_of_a_path),
  };
  return cmocka_run_group_tests_name("file_windows", tests, nullptr, nullptr);
}
