// SPDX-License-Identifier: MIT
// Files on POSIX systems.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "io/source.hpp"

namespace weightport {

namespace {

// Null where that cannot be.
const std::byte *map_file(int descriptor, uint64_t size) {
  // On 32 bit systems a file may be larger than the address space.
  if (size == 0 || !std::in_range<size_t>(size)) return nullptr;
  // Private, and not counted as memory that may be needed, for make_private().
  void *address = ::mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
  // A file system without mappings is no reason to fail: read instead.
  return address == MAP_FAILED ? nullptr : static_cast<const std::byte *>(address);
}

class FileSource final : public Source {
 public:
  FileSource(std::string name, uint64_t size, int descriptor, const std::byte *mapping)
      : Source(std::move(name), size, mapping), descriptor_(descriptor) {}

  void check_mapping() const override {
    struct stat status {};
    if (mapping() && ::fstat(descriptor_, &status) == 0 && static_cast<uint64_t>(status.st_size) < size())
      truncated(status.st_size);
  }

  void read_beside_mapping(uint64_t offset, std::span<std::byte> out) const override {
    require_inside(offset, out.size());
    read_at(offset, out);
  }

  bool make_private() const override {
    if (!mapping()) return false;
    if (is_private()) return true;
    // Two threads may both do it: the second time changes nothing.
    if (::mprotect(const_cast<std::byte *>(mapping()), static_cast<size_t>(size()), PROT_READ | PROT_WRITE) != 0) {
      throw Error(WP_ERROR_OUT_OF_MEMORY, concat("cannot make the mapping writable: ", std::generic_category().message(errno)))
          .in_file(name());
    }
    private_.store(true, std::memory_order_release);
    return true;
  }
  bool is_private() const noexcept override { return private_.load(std::memory_order_acquire); }

 private:
  ~FileSource() override {
    if (mapping()) ::munmap(const_cast<std::byte *>(mapping()), static_cast<size_t>(size()));
    ::close(descriptor_);
  }

  void read_at(uint64_t offset, std::span<std::byte> out) const override {
    while (!out.empty()) {
      // Linux reads at most 2 GiB a call.
      ssize_t got = ::pread(descriptor_, out.data(), std::min(out.size(), size_t{1} << 30), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0)
        throw Error(WP_ERROR_IO, concat("cannot read: ", std::generic_category().message(errno)), static_cast<int64_t>(offset))
            .in_file(name());
      if (got == 0) truncated(static_cast<int64_t>(offset));
      offset += static_cast<uint64_t>(got);
      out = out.subspan(static_cast<size_t>(got));
    }
  }

  [[noreturn]] void truncated(int64_t offset) const {
    throw Error(WP_ERROR_IO, "the file was truncated while it was open", offset).in_file(name());
  }

  int descriptor_;
  mutable std::atomic<bool> private_{false};
};

// Why something that could be opened cannot be read as a file; null if it can.
const char *what_is_no_file(mode_t mode) noexcept {
  if (S_ISREG(mode)) return nullptr;
  if (S_ISDIR(mode)) return "this is a folder: open a file in it, of shards the .index.json";
  return S_ISFIFO(mode) ? "this is a pipe, which cannot be read at any place: save what comes out of it as a file"
                        : "this is a device, not a file";
}

}  // namespace

Ref<Source> open_file(const char *path, bool map) {
  auto refuse = [&](int error) {
    wp_code code = error == ENOENT || error == ENOTDIR ? WP_ERROR_NOT_FOUND : WP_ERROR_IO;
    throw Error(code, concat("cannot open: ", std::generic_category().message(error))).in_file(path);
  };
  int descriptor;
  // O_NONBLOCK: opening a FIFO must fail below, not wait for a writer.
  do descriptor = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) refuse(errno);

  struct stat status {};
  int error = ::fstat(descriptor, &status) != 0 ? errno : 0;
  const char *kind = error ? nullptr : what_is_no_file(status.st_mode);
  if (error || kind) ::close(descriptor);
  if (error) refuse(error);
  if (kind) throw Error(WP_ERROR_IO, kind).in_file(path);
  auto size = static_cast<uint64_t>(status.st_size);
  return make_ref<FileSource>(path, size, descriptor, map ? map_file(descriptor, size) : nullptr);
}

}  // namespace weightport
