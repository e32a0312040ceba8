// SPDX-License-Identifier: MIT
// Files that appear whole or not at all, on Windows.
#include <algorithm>

#include "base/error.hpp"
#include "io/path.hpp"
#include "io/sink.hpp"
#include "io/temporary_name.hpp"
#include "io/windows.hpp"

namespace weightport {
namespace {

using windows::fail_io;
using windows::Handle;

// Where a symbolic link leads; a link to nothing is NOT_FOUND.
std::wstring follow_link(const std::wstring &path) {
  Handle file(::CreateFileW(path.c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                            FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!file) fail_io("cannot create", ::GetLastError());
  std::wstring target(::GetFinalPathNameByHandleW(file.get(), nullptr, 0, FILE_NAME_NORMALIZED), L'\0');
  target.resize(
      ::GetFinalPathNameByHandleW(file.get(), target.data(), static_cast<DWORD>(target.size()), FILE_NAME_NORMALIZED));
  if (target.empty()) fail_io("cannot create", ::GetLastError());
  return target;
}

// What a save replaces. Folders and devices are not replaced.
std::wstring resolve(std::string_view path) {
  std::wstring wide = windows::wide_path(path);
  DWORD attributes = ::GetFileAttributesW(wide.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) return wide;
  if (attributes & FILE_ATTRIBUTE_DIRECTORY) fail(WP_ERROR_IO, "cannot create: Is a directory");
  if (attributes & FILE_ATTRIBUTE_DEVICE) fail(WP_ERROR_IO, "cannot create: there is something that is not a regular file");
  return attributes & FILE_ATTRIBUTE_REPARSE_POINT ? follow_link(wide) : wide;
}

// Windows has no permission bits: a new file has the rights that its folder gives.
class FileSink final : public Sink {
 public:
  FileSink(std::string_view path, bool durable) : Sink(std::string(path)), durable_(durable) {
    size_t folder = folder_size(path);
    if (folder == path.size()) fail(WP_ERROR_IO, "cannot create: the path names no file");
    target_ = resolve(path);
    create(target_.substr(0, target_.find_last_of(L"/\\:") + 1), path.substr(folder));
  }

  ~FileSink() override {
    file_.close();
    if (!temporary_.empty()) ::DeleteFileW(temporary_.c_str());
  }

 private:
  void create(const std::wstring &folder, std::string_view name) {
    DWORD error = ERROR_FILE_EXISTS;
    for (int attempt = 0; attempt < 1000 && error == ERROR_FILE_EXISTS; ++attempt) {
      std::wstring path = folder + windows::wide_path(temporary_name(name, ::GetCurrentProcessId()));
      file_ = Handle(
          ::CreateFileW(path.c_str(), GENERIC_WRITE, FILE_SHARE_READ, nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
      if (file_) {
        temporary_ = std::move(path);
        return;
      }
      error = ::GetLastError();
    }
    fail_io("cannot create", error);
  }

  void put(std::span<const Bytes> pieces) override {
    for (Bytes rest : pieces) {
      while (!rest.empty()) {
        DWORD written = 0;
        auto size = static_cast<DWORD>(std::min(rest.size(), windows::kLargestCall));
        if (!::WriteFile(file_.get(), rest.data(), size, &written, nullptr)) fail_io("cannot write", ::GetLastError());
        if (written == 0) fail_io("cannot write", ERROR_WRITE_FAULT);
        rest = rest.subspan(written);
      }
    }
  }

  void settle() override {
    if (!file_) return;
    if (durable_ && !::FlushFileBuffers(file_.get())) fail_io("cannot write", ::GetLastError());
    if (!file_.close()) fail_io("cannot write", ::GetLastError());
  }

  void commit() override {
    DWORD flags = MOVEFILE_REPLACE_EXISTING | (durable_ ? MOVEFILE_WRITE_THROUGH : 0);
    if (!::MoveFileExW(temporary_.c_str(), target_.c_str(), flags)) {
      DWORD error = ::GetLastError();
      // A file that is open or mapped cannot be replaced in one step, and another way would not be safe.
      fail(WP_ERROR_IO, "cannot replace the old file: ", windows::error_text(error),
           error == ERROR_ACCESS_DENIED || error == ERROR_USER_MAPPED_FILE ? " (it may be read-only, or still open)" : "");
    }
    temporary_.clear();
  }

  std::wstring target_;
  std::wstring temporary_;  // empty when there is none
  Handle file_;
  bool durable_;
};

}  // namespace

std::unique_ptr<Sink> file_sink(const char *path, const FileSinkOptions &options) {
  try {
    return std::make_unique<FileSink>(path, options.durable);
  } catch (Error &e) {
    throw e.in_file(path);
  }
}

}  // namespace weightport
