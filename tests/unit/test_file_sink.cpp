// SPDX-License-Identifier: MIT
// Files that are saved: what appears, when, and what is left when something fails on the way.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "io/sink.hpp"
#include "sink_writing.hpp"
#include "temp_folder.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

// What the system does, and what it can be made to do instead.
namespace {

struct Faults {
  size_t most = SIZE_MAX;  // bytes of one write
  int interrupt_every = 0;
  int failing_call = -1;  // of those below, counted together
  bool failing_fchmod = false;
  int calls = 0;
  std::string log = {};  // a letter for each of them
} faults;

bool fails(char call) {
  faults.log += call;
  if (faults.calls++ != faults.failing_call) return false;
  errno = EIO;
  return true;
}

}  // namespace

extern "C" {

ssize_t writev(int file, const iovec *pieces, int count) {
  if (fails('w')) return -1;
  if (faults.interrupt_every && faults.calls % faults.interrupt_every == 0) {
    errno = EINTR;
    return -1;
  }
  if (faults.most == SIZE_MAX) return ::syscall(SYS_writev, file, pieces, count);
  return ::syscall(SYS_write, file, pieces->iov_base, std::min(pieces->iov_len, faults.most));
}

int fsync(int file) { return fails('s') ? -1 : static_cast<int>(::syscall(SYS_fsync, file)); }

int renameat(int from, const char *old_name, int to, const char *new_name) noexcept {
  return fails('r') ? -1 : static_cast<int>(::syscall(SYS_renameat2, from, old_name, to, new_name, 0));
}

int fchmod(int file, mode_t mode) noexcept {
  if (!faults.failing_fchmod) return static_cast<int>(::syscall(SYS_fchmod, file, mode));
  errno = EPERM;
  return -1;
}

}  // extern "C"

using namespace weightport;
using namespace weightport::test;

namespace {

using Names = std::set<std::string>;

void save(const std::string &path, std::string_view content, FileSinkOptions options = {}) {
  auto sink = file_sink(path.c_str(), options);
  sink->write(bytes_of(content));
  sink->finish();
}

mode_t mode_of(const std::string &path) {
  struct stat status {};
  assert_int_equal(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

void test_file_appears_when_finished(void **) {
  TempFolder folder;
  std::string path = folder / "model.pt";
  for (bool durable : {true, false}) {
    fill(path, "old");
    auto sink = file_sink(path.c_str(), {.durable = durable});
    std::string all = write_mixed(*sink);
    assert_string_equal(content_of(path).c_str(), "old");
    Names names = folder.names();
    assert_int_equal(names.size(), 2);
    assert_true(names.begin()->starts_with(".model.pt.") && names.begin()->ends_with(".tmp"));
    sink->finish();
    assert_true(content_of(path) == all);
    assert_true(folder.names() == Names{"model.pt"});
    sink.reset();
    assert_true(folder.names() == Names{"model.pt"});
  }
}

void test_unfinished_file_is_thrown_away(void **) {
  TempFolder folder;
  write_mixed(*file_sink((folder / "new").c_str(), {}));
  assert_true(folder.names().empty());
  fill(folder / "old", "old");
  write_mixed(*file_sink((folder / "old").c_str(), {}));
  assert_true(folder.names() == Names{"old"});
  assert_string_equal(content_of(folder / "old").c_str(), "old");
}

void test_empty_file(void **) {
  TempFolder folder;
  fill(folder / "a", "old");
  file_sink((folder / "a").c_str(), {})->finish();
  assert_int_equal(std::filesystem::file_size(folder / "a"), 0);
}

void test_two_savers_of_one_file(void **) {
  TempFolder folder;
  auto first = file_sink((folder / "a").c_str(), {}), second = file_sink((folder / "a").c_str(), {});
  first->write(bytes_of("first"));
  second->write(bytes_of("second"));
  second->finish();
  assert_string_equal(content_of(folder / "a").c_str(), "second");
  first->finish();
  assert_string_equal(content_of(folder / "a").c_str(), "first");
  assert_true(folder.names() == Names{"a"});
}

void test_permissions(void **) {
  TempFolder folder;
  mode_t umask_before = ::umask(027);
  save(folder / "new", "x");
  assert_int_equal(mode_of(folder / "new"), 0640);
  save(folder / "explicit", "x", {.mode = 0606});
  assert_int_equal(mode_of(folder / "explicit"), 0606);
  for (mode_t mode : {0600u, 0444u, 0666u, 0755u}) {
    ::chmod((folder / "new").c_str(), mode);
    save(folder / "new", "y");
    assert_int_equal(mode_of(folder / "new"), mode);
  }
  save(folder / "new", "z", {.mode = 0640});
  assert_int_equal(mode_of(folder / "new"), 0640);

  // Nobody reads what is to be secret while it is being written.
  ::chmod((folder / "new").c_str(), 0600);
  ::umask(0);
  auto sink = file_sink((folder / "new").c_str(), {});
  for (const auto &name : folder.names()) {
    if (name.starts_with('.')) assert_int_equal(mode_of(folder / name), 0600);
  }
  ::umask(umask_before);
}

void test_owner_is_kept(void **) {
  if (::geteuid() != 0) {
    print_message("skipped: only root can give files away\n");
    skip();
  }
  TempFolder folder;
  fill(folder / "a", "old");
  assert_int_equal(::chown((folder / "a").c_str(), 1234, 2345), 0);
  ::chmod((folder / "a").c_str(), 0640);
  save(folder / "a", "new");
  struct stat status {};
  assert_int_equal(::stat((folder / "a").c_str(), &status), 0);
  assert_int_equal(status.st_uid, 1234);
  assert_int_equal(status.st_gid, 2345);
  assert_int_equal(status.st_mode & 07777, 0640);
}

void test_symbolic_links_stay(void **) {
  TempFolder folder;
  std::filesystem::create_directories(folder / "deep/er");
  fill(folder / "deep/er/target", "old");
  std::filesystem::create_symlink("er/target", folder / "deep/second");
  std::filesystem::create_symlink(folder / "deep/second", folder / "first");
  std::filesystem::create_symlink("deep/er/missing", folder / "dangling");
  for (const char *name : {"first", "dangling", "deep/second"}) {
    save(folder / name, name);
    assert_true(std::filesystem::is_symlink(folder / name));
    assert_string_equal(content_of(folder / name).c_str(), name);
  }
  assert_string_equal(content_of(folder / "deep/er/target").c_str(), "deep/second");
  assert_string_equal(content_of(folder / "deep/er/missing").c_str(), "dangling");
  assert_true(folder.names() == (Names{"deep", "first", "dangling"}));
}

void test_folder_is_held(void **) {
  TempFolder folder;
  auto here = std::filesystem::current_path();
  std::filesystem::create_directory(folder / "before");
  std::filesystem::current_path(folder / "before");
  auto sink = file_sink("model.pt", {});
  std::filesystem::current_path(here);
  std::filesystem::rename(folder / "before", folder / "after");
  sink->write(bytes_of("there"));
  sink->finish();
  assert_string_equal(content_of(folder / "after/model.pt").c_str(), "there");
}

void test_long_names(void **) {
  TempFolder folder;
  std::string ascii(255, 'n'), wide = "x";
  for (int i = 0; i < 127; ++i) wide += "ä";
  for (const auto &name : {ascii, wide}) {
    auto sink = file_sink((folder / name).c_str(), {});
    auto temporary = *folder.names().begin();
    assert_true(temporary.size() < 120);
    // A character is one byte that begins it and others that go on; the cut is before a beginning.
    assert_true(name == ascii || temporary.find("ä.") != std::string::npos);
    sink->finish();
    assert_true(folder.names() == Names{name});
    std::filesystem::remove(folder / name);
  }
  assert_int_equal(failure([&] { file_sink((folder / std::string(256, 'n')).c_str(), {}); }).code(), WP_ERROR_IO);
}

void test_refused_paths(void **) {
  TempFolder folder;
  std::filesystem::create_directory(folder / "folder");
  std::filesystem::create_symlink("folder", folder / "link");
  std::filesystem::create_symlink("loop", folder / "loop");
  ::mkfifo((folder / "fifo").c_str(), 0666);
  fill(folder / "file", "old");
  Names before = folder.names();
  std::pair<std::string, wp_code> refused[] = {
      {"", WP_ERROR_NOT_FOUND},
      {folder / "none/model.pt", WP_ERROR_NOT_FOUND},
      {folder / "file/model.pt", WP_ERROR_NOT_FOUND},
      {folder / "folder", WP_ERROR_IO},
      {folder / "folder/", WP_ERROR_IO},
      {folder / "folder/..", WP_ERROR_IO},
      {folder / "new/", WP_ERROR_NOT_FOUND},
      {folder / "link", WP_ERROR_IO},
      {folder / "loop", WP_ERROR_IO},
      {folder / "fifo", WP_ERROR_IO},
      {"/dev/null", WP_ERROR_IO},
  };
  for (const auto &[path, code] : refused) {
    Error error = failure([&, name = path.c_str()] { file_sink(name, {}); });
    if (error.code() != code) print_error("%s: %s\n", path.c_str(), error.message().c_str());
    assert_int_equal(error.code(), code);
    assert_string_equal(error.file().c_str(), path.c_str());
  }
  assert_true(folder.names() == before);
}

// A save of `size` bytes that must fail while writing, over an old file that must survive it.
void fail_to_save(const TempFolder &folder, const std::string &path, size_t size, std::string_view reason) {
  Names before = folder.names();
  Error error = failure([&] {
    auto sink = file_sink(path.c_str(), {});
    std::string piece = letters(100'000);
    for (size_t done = 0; done < size; done += piece.size()) sink->write(bytes_of(piece));
    sink->finish();
  });
  if (error.message() != reason) print_error("the message is: %s\n", error.message().c_str());
  assert_int_equal(error.code(), WP_ERROR_IO);
  assert_true(error.message() == reason);
  assert_string_equal(error.file().c_str(), path.c_str());
  assert_string_equal(content_of(path).c_str(), "old");
  assert_true(folder.names() == before);
}

void test_file_size_limit(void **) {
  TempFolder folder;
  fill(folder / "a", "old");
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto handler = ::signal(SIGXFSZ, SIG_IGN);
  // The write that crosses the limit is a short one, and the next fails.
  for (rlim_t limit : {0, 1, 150'000, 1'234'567}) {
    rlimit less{limit, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &less);
    fail_to_save(folder, folder / "a", 2'000'000, "cannot write: File too large");
    ::setrlimit(RLIMIT_FSIZE, &before);
  }
  ::signal(SIGXFSZ, handler);
}

// False where no file system can be mounted.
bool fill_a_disk() {
  TempFolder folder;
  std::filesystem::create_directory(folder / "disk");
  if (::mount("none", (folder / "disk").c_str(), "tmpfs", 0, "size=1m") != 0) return false;
  fill(folder / "disk/a", "old");
  fail_to_save(folder, folder / "disk/a", 2'000'000, "cannot write: No space left on device");
  save(folder / "disk/a", letters(900'000));  // the temporary file has given its room back
  assert_int_equal(::umount2((folder / "disk").c_str(), MNT_DETACH), 0);
  return true;
}

void test_full_disk(void **) {
  if (fill_a_disk()) return;
  print_message("skipped: no file system can be mounted here\n");
  skip();
}

void test_durable_files_are_synced(void **) {
  TempFolder folder;
  for (bool durable : {true, false}) {
    faults = {};
    save(folder / "a", "new", {.durable = durable});
    assert_string_equal(faults.log.c_str(), durable ? "wsrs" : "wr");
  }
  // Who writes several files syncs the folder with the last of them.
  faults = {};
  save(folder / "a", "new", {.sync_folder = false});
  assert_string_equal(faults.log.c_str(), "wsr");
}

void test_short_and_interrupted_writes(void **) {
  TempFolder folder;
  for (size_t most : {1'000, 65'536, 700'001}) {
    faults = {.most = most, .interrupt_every = 3};
    auto sink = file_sink((folder / "a").c_str(), {});
    std::string all = write_mixed(*sink);
    sink->finish();
    faults = {};
    assert_true(content_of(folder / "a") == all);
  }
}

void test_each_failing_call(void **) {
  TempFolder folder;
  auto save_mixed = [&] {
    auto sink = file_sink((folder / "a").c_str(), {});
    write_mixed(*sink);
    sink->finish();
  };
  faults = {};
  save_mixed();
  int calls = faults.calls;
  assert_true(calls > 5);
  for (int call = 0; call < calls; ++call) {
    fill(folder / "a", "old");
    faults = {.failing_call = call};
    Error error = failure(save_mixed);
    faults = {};
    assert_int_equal(error.code(), WP_ERROR_IO);
    assert_true(error.message().ends_with(concat(": ", std::generic_category().message(EIO))));
    assert_true(folder.names() == Names{"a"});
    // The last call syncs the folder, after the file was replaced.
    assert_int_equal(content_of(folder / "a") == "old", call < calls - 1);
    if (call == calls - 1) assert_true(error.message().starts_with("the file is written, but"));
  }
}

void test_permissions_that_cannot_be_set(void **) {
  TempFolder folder;
  fill(folder / "a", "old");
  ::chmod((folder / "a").c_str(), 0600);
  mode_t umask_before = ::umask(0);
  faults = {.failing_fchmod = true};
  Error error = failure([&] { file_sink((folder / "a").c_str(), {.mode = 0640}); });
  save(folder / "a", "new");
  faults = {};
  ::umask(umask_before);
  assert_int_equal(error.code(), WP_ERROR_IO);
  assert_string_equal(error.message().c_str(), "cannot set the permission bits: Operation not permitted");
  assert_true(folder.names() == Names{"a"});
  assert_int_equal(mode_of(folder / "a"), 0600);
  assert_string_equal(content_of(folder / "a").c_str(), "new");
}

void test_prepared_files_appear_together(void **) {
  TempFolder folder;
  fill(folder / "a", "old");
  for (bool finish : {false, true}) {
    auto a = file_sink((folder / "a").c_str(), {}), b = file_sink((folder / "b").c_str(), {});
    a->write(bytes_of("new a"));
    a->prepare();
    b->write(bytes_of("new b"));
    b->prepare();
    assert_string_equal(content_of(folder / "a").c_str(), "old");
    if (finish) a->finish(), b->finish();
    a.reset();
    b.reset();
    assert_true(folder.names() == (finish ? Names{"a", "b"} : Names{"a"}));
    assert_string_equal(content_of(folder / "a").c_str(), finish ? "new a" : "old");
  }
}

void test_file_that_cannot_be_replaced(void **) {
  TempFolder folder;
  auto sink = file_sink((folder / "a").c_str(), {});
  std::filesystem::create_directory(folder / "a");
  Error error = failure([&] { sink->finish(); });
  assert_int_equal(error.code(), WP_ERROR_IO);
  assert_string_equal(error.message().c_str(), "cannot replace the old file: Is a directory");
  sink.reset();
  assert_true(folder.names() == Names{"a"});
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_file_appears_when_finished),
      cmocka_unit_test(test_unfinished_file_is_thrown_away),
      cmocka_unit_test(test_empty_file),
      cmocka_unit_test(test_two_savers_of_one_file),
      cmocka_unit_test(test_permissions),
      cmocka_unit_test(test_owner_is_kept),
      cmocka_unit_test(test_symbolic_links_stay),
      cmocka_unit_test(test_folder_is_held),
      cmocka_unit_test(test_long_names),
      cmocka_unit_test(test_refused_paths),
      cmocka_unit_test(test_file_size_limit),
      cmocka_unit_test(test_full_disk),
      cmocka_unit_test(test_durable_files_are_synced),
      cmocka_unit_test(test_short_and_interrupted_writes),
      cmocka_unit_test(test_each_failing_call),
      cmocka_unit_test(test_permissions_that_cannot_be_set),
      cmocka_unit_test(test_prepared_files_appear_together),
      cmocka_unit_test(test_file_that_cannot_be_replaced),
  };
  return cmocka_run_group_tests_name("file_sink", tests, nullptr, nullptr);
}
