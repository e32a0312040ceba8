// SPDX-License-Identifier: MIT
// Files on Windows.
#include <algorithm>
#include <atomic>
#include <utility>

#include "base/error.hpp"
#include "io/source.hpp"
#include "io/windows.hpp"

namespace weightport {

using windows::Handle;

namespace {

// Null where that cannot be.
const std::byte *map_file(const Handle &file, uint64_t size) {
  if (size == 0) return nullptr;
  Handle mapping(::CreateFileMappingW(file.get(), nullptr, PAGE_READONLY, 0, 0, nullptr));
  if (!mapping) return nullptr;
  // Copied where it is written, for make_private(), and not written before. A file system without mappings, or a file larger
  // than the address space, is no reason to fail: read instead. The view keeps the mapping.
  void *view = ::MapViewOfFile(mapping.get(), FILE_MAP_COPY, 0, 0, 0);
  DWORD before;
  if (view && !::VirtualProtect(view, static_cast<SIZE_T>(size), PAGE_READONLY, &before)) {
    ::UnmapViewOfFile(view);
    view = nullptr;
  }
  // The memory for all copies may not be there.
  if (!view) view = ::MapViewOfFile(mapping.get(), FILE_MAP_READ, 0, 0, 0);
  return static_cast<const std::byte *>(view);
}

// Windows refuses to truncate a file that is mapped: check_mapping() has nothing to do.
class FileSource final : public Source {
 public:
  FileSource(std::string name, uint64_t size, Handle file, const std::byte *mapping)
      : Source(std::move(name), size, mapping), file_(std::move(file)) {}

  void read_beside_mapping(uint64_t offset, std::span<std::byte> out) const override {
    require_inside(offset, out.size());
    read_at(offset, out);
  }

  bool make_private() const override {
    if (!mapping()) return false;
    if (is_private()) return true;
    // Two threads may both do it: the second time changes nothing.
    DWORD before;
    if (!::VirtualProtect(const_cast<std::byte *>(mapping()), static_cast<SIZE_T>(size()), PAGE_WRITECOPY, &before)) {
      throw Error(WP_ERROR_OUT_OF_MEMORY, concat("cannot make the mapping writable: ", windows::error_text(::GetLastError())))
          .in_file(name());
    }
    private_.store(true, std::memory_order_release);
    return true;
  }
  bool is_private() const noexcept override { return private_.load(std::memory_order_acquire); }

 private:
  ~FileSource() override {
    if (mapping()) ::UnmapViewOfFile(mapping());
  }

  void read_at(uint64_t offset, std::span<std::byte> out) const override {
    while (!out.empty()) {
      // The place to read at; with it, threads share the handle.
      OVERLAPPED place{};
      place.Offset = static_cast<DWORD>(offset);
      place.OffsetHigh = static_cast<DWORD>(offset >> 32);
      DWORD got = 0;
      bool read =
          ::ReadFile(file_.get(), out.data(), static_cast<DWORD>(std::min(out.size(), windows::kLargestCall)), &got, &place);
      DWORD error = read ? ERROR_SUCCESS : ::GetLastError();
      if (error != ERROR_SUCCESS && error != ERROR_HANDLE_EOF)
        throw Error(WP_ERROR_IO, concat("cannot read: ", windows::error_text(error)), static_cast<int64_t>(offset))
            .in_file(name());
      if (got == 0)
        throw Error(WP_ERROR_IO, "the file was truncated while it was open", static_cast<int64_t>(offset)).in_file(name());
      offset += got;
      out = out.subspan(got);
    }
  }

  Handle file_;
  mutable std::atomic<bool> private_{false};
};

}  // namespace

Ref<Source> open_file(const char *path, bool map) try {
  std::wstring wide = windows::wide_path(path);
  // Others may replace or remove the file meanwhile, as on other systems.
  Handle file(::CreateFileW(wide.c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                            OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file) {
    DWORD error = ::GetLastError(), attributes = ::GetFileAttributesW(wide.c_str());
    if (attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY)
      fail(WP_ERROR_IO, "this is a folder: open a file in it, of shards the .index.json");
    windows::fail_io("cannot open", error);
  }
  if (::GetFileType(file.get()) != FILE_TYPE_DISK) windows::fail_io("cannot open", ERROR_INVALID_PARAMETER);
  LARGE_INTEGER size;
  if (!::GetFileSizeEx(file.get(), &size)) windows::fail_io("cannot open", ::GetLastError());
  auto bytes = static_cast<uint64_t>(size.QuadPart);
  const std::byte *mapping = map ? map_file(file, bytes) : nullptr;
  return make_ref<FileSource>(path, bytes, std::move(file), mapping);
} catch (Error &e) {
  throw e.in_file(path);
}

}  // namespace weightport
