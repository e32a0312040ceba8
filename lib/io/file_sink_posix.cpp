// SPDX-License-Identifier: MIT
// Files that appear whole or not at all, on POSIX systems.
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/error.hpp"
#include "io/sink.hpp"
#include "io/temporary_name.hpp"

namespace weightport {
namespace {

constexpr mode_t kPermissions = 0777;
constexpr int kMaxLinks = 40;  // as Linux has it
constexpr uint64_t kWriteBack = uint64_t{32} << 20;

// Opens a folder that may be unreadable, as long as names in it can be looked up.
#ifdef O_PATH
constexpr int kLookUp = O_PATH;
#else
constexpr int kLookUp = O_RDONLY;
#endif

[[noreturn]] void fail_io(std::string_view what, int error, wp_code code = WP_ERROR_IO) {
  fail(code, what, ": ", std::generic_category().message(error));
}

[[noreturn]] void cannot_create(int error) {
  fail_io("cannot create", error, error == ENOENT || error == ENOTDIR ? WP_ERROR_NOT_FOUND : WP_ERROR_IO);
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor &&other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  explicit operator bool() const noexcept { return number_ >= 0; }
  int get() const noexcept { return number_; }
  int close() noexcept { return number_ < 0 ? 0 : ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

Descriptor open_at(int folder, const char *name, int flags, mode_t mode = 0) {
  for (;;) {
    Descriptor file(::openat(folder, name, flags | O_CLOEXEC, mode));
    if (file || errno != EINTR) return file;
  }
}

void sync(const Descriptor &file, std::string_view what) {
  while (::fsync(file.get()) != 0) {
    if (errno == EINTR) continue;
    // What cannot be synced at all, as some network file systems say of folders, is not a failure of this write.
    if (errno == EINVAL || errno == ENOTSUP) return;
    fail_io(what, errno);
  }
}

std::optional<std::string> read_link(const Descriptor &folder, const std::string &name) {
  char text[PATH_MAX];
  ssize_t size = ::readlinkat(folder.get(), name.c_str(), text, sizeof text);
  if (size >= 0) return std::string(text, static_cast<size_t>(size));
  if (errno == EINVAL || errno == ENOENT) return std::nullopt;
  cannot_create(errno);
}

// A name in a folder that stays the same folder, whatever becomes of the path to it.
struct Place {
  Descriptor folder;
  std::string name;
};

// Where a path leads when the last name in it is a symbolic link too, even to a file that is not there.
Place resolve(std::string path) {
  Descriptor folder;
  for (int links = 0; links < kMaxLinks; ++links) {
    size_t slash = path.rfind('/');
    std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    std::string name = path.substr(slash + 1);
    folder = open_at(folder ? folder.get() : AT_FDCWD, parent.c_str(), kLookUp | O_DIRECTORY);
    if (!folder) cannot_create(errno);
    if (name.empty() || name == "." || name == "..") cannot_create(path.empty() ? ENOENT : EISDIR);
    auto link = read_link(folder, name);
    if (!link) return {std::move(folder), std::move(name)};
    path = std::move(*link);
  }
  cannot_create(ELOOP);
}

// What a save replaces, if there is something. Devices and pipes are not replaced.
std::optional<struct stat> old_file(const char *path) {
  struct stat status {};
  if (::stat(path, &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    cannot_create(errno);
  }
  if (S_ISDIR(status.st_mode)) cannot_create(EISDIR);
  if (!S_ISREG(status.st_mode)) fail(WP_ERROR_IO, "cannot create: there is something that is not a regular file");
  return status;
}

class FileSink final : public Sink {
 public:
  FileSink(const char *path, const FileSinkOptions &options)
      : Sink(path), durable_(options.durable), sync_folder_(options.durable && options.sync_folder) {
    auto old = old_file(path);
    place_ = resolve(path);
    if (options.mode) {
      create(options.mode & kPermissions);
      set_permissions(options.mode & kPermissions);
    } else if (old) {
      create(old->st_mode & kPermissions);
      keep(*old);
    } else {
      create(0666);
    }
  }

  ~FileSink() override { remove_temporary(); }

 private:
  void create(mode_t mode) {
    for (int attempt = 0; attempt < 1000 && !file_; ++attempt) {
      temporary_ = temporary_name(place_.name, static_cast<uint64_t>(::getpid()));
      file_ = open_at(place_.folder.get(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
      if (!file_ && errno != EEXIST) break;
    }
    if (file_) return;
    int error = errno;
    temporary_.clear();
    cannot_create(error);
  }

  // A constructor that throws runs no destructor.
  void set_permissions(mode_t mode) {
    if (::fchmod(file_.get(), mode) == 0) return;
    int error = errno;
    remove_temporary();
    fail_io("cannot set the permission bits", error);
  }

  // Gives the new file the old one's owner, group and permissions. A group that it cannot have must not leave another group
  // with its rights. File systems without permissions are no reason to fail.
  void keep(const struct stat &old) {
    struct stat now {};
    if (::fstat(file_.get(), &now) != 0) return;
    [[maybe_unused]] int result = 0;
    if (now.st_uid != old.st_uid) result = ::fchown(file_.get(), old.st_uid, static_cast<gid_t>(-1));
    bool same_group = now.st_gid == old.st_gid || ::fchown(file_.get(), static_cast<uid_t>(-1), old.st_gid) == 0;
    mode_t others = old.st_mode & S_IRWXO, rest = old.st_mode & (same_group ? S_IRWXU | S_IRWXG : S_IRWXU);
    result = ::fchmod(file_.get(), rest | (same_group ? others : others | (others << 3 & old.st_mode)));
  }

  void remove_temporary() noexcept {
    if (!temporary_.empty()) ::unlinkat(place_.folder.get(), temporary_.c_str(), 0);
    temporary_.clear();
  }

  void put(std::span<const Bytes> pieces) override {
    size_t first = 0, done = 0;  // pieces written, and bytes of the next one
    while (first < pieces.size()) {
      std::array<iovec, 16> batch;
      size_t count = std::min(batch.size(), pieces.size() - first);
      for (size_t i = 0; i < count; ++i) {
        Bytes rest = pieces[first + i].subspan(i == 0 ? done : 0);
        batch[i] = {const_cast<std::byte *>(rest.data()), rest.size()};
      }
      ssize_t written = ::writev(file_.get(), batch.data(), static_cast<int>(count));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail_io("cannot write", written < 0 ? errno : EIO);
      written_ += static_cast<uint64_t>(written);
      done += static_cast<size_t>(written);
      while (first < pieces.size() && done >= pieces[first].size()) done -= pieces[first++].size();
    }
    if (durable_) write_back();
  }

  // Lets the disk begin while there is more to write, so that fsync has less to wait for. Only a hint.
  void write_back() noexcept {
    uint64_t size = written_ - written_back_;
    if (size < kWriteBack) return;
#ifdef SYNC_FILE_RANGE_WRITE
    ::sync_file_range(file_.get(), static_cast<off_t>(written_back_), static_cast<off_t>(size), SYNC_FILE_RANGE_WRITE);
#endif
    written_back_ = written_;
  }

  void settle() override {
    if (!file_) return;
    if (durable_) sync(file_, "cannot write");
    // Network file systems tell only now that a write failed. Linux has closed the file even after EINTR.
    if (file_.close() != 0 && errno != EINTR) fail_io("cannot write", errno);
  }

  void commit() override {
    int folder = place_.folder.get();
    if (::renameat(folder, temporary_.c_str(), folder, place_.name.c_str()) != 0) fail_io("cannot replace the old file", errno);
    temporary_.clear();
    if (sync_folder_) sync_folder();
  }

  void sync_folder() {
    Descriptor folder = open_at(place_.folder.get(), ".", O_RDONLY | O_DIRECTORY);
    if (folder) {
      sync(folder, "the file is written, but its folder cannot be synced");
    } else if (errno != EACCES) {  // a folder that cannot be read cannot be synced
      fail_io("the file is written, but its folder cannot be opened", errno);
    }
  }

  Place place_;
  std::string temporary_;  // its name beside the place; empty when there is none
  Descriptor file_;
  bool durable_;
  bool sync_folder_;
  uint64_t written_ = 0;
  uint64_t written_back_ = 0;  // of these the disk has been told
};

}  // namespace

std::unique_ptr<Sink> file_sink(const char *path, const FileSinkOptions &options) {
  try {
    return std::make_unique<FileSink>(path, options);
  } catch (Error &e) {
    throw e.in_file(path);
  }
}

}  // namespace weightport
