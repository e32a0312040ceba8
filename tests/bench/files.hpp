// SPDX-License-Identifier: MIT
// Files read and written in the plainest way there is: what the library is measured against.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace bench {

inline std::string name_of(const std::string &path) { return path.substr(path.rfind('/') + 1); }

[[noreturn]] inline void fail(const std::string &what) { throw std::system_error(errno, std::generic_category(), what); }

/// An open file.
class File {
 public:
  File(const std::string &path, int flags) : path_(path), fd_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (fd_ < 0) fail(path_);
  }
  File(const File &) = delete;
  ~File() { close(fd_); }

  size_t size() const {
    struct stat status;
    if (fstat(fd_, &status)) fail(path_);
    return static_cast<size_t>(status.st_size);
  }
  void read(char *to, size_t begin, size_t end) const {
    while (begin < end) {
      const ssize_t got = pread(fd_, to + begin, end - begin, static_cast<off_t>(begin));
      if (got <= 0) fail(path_);
      begin += static_cast<size_t>(got);
    }
  }
  // In pieces as cp has them: much larger ones take Linux several times as long where it has to gather large pages for them.
  void write(const char *from, size_t size) const {
    while (size) {
      const ssize_t put = ::write(fd_, from, std::min(size, size_t{256} << 10));
      if (put < 0) fail(path_);
      from += put;
      size -= static_cast<size_t>(put);
    }
  }
  void sync() const {
    if (fsync(fd_)) fail(path_);
  }

 private:
  std::string path_;
  int fd_;
};

struct Bytes {
  std::unique_ptr<char[]> data;
  size_t size;
};

/// The whole file in fresh memory, each thread reading one stretch of it.
inline Bytes read_file(const std::string &path, unsigned threads) {
  const File file(path, O_RDONLY);
  const size_t size = file.size();
  Bytes bytes{std::unique_ptr<char[]>(new char[size]), size};
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < threads; i++) {
    workers.emplace_back(
        [&, i] { file.read(bytes.data.get(), size / threads * i, i + 1 == threads ? size : size / threads * (i + 1)); });
  }
  workers.clear();
  return bytes;
}

}  // namespace bench
