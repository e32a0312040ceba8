// SPDX-License-Identifier: MIT
// Bytes in order to a file, to memory, or to the caller's callbacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/growing_buffer.hpp"
#include "weightport/io.h"

namespace weightport {

// One thread at a time. Small writes are gathered, so that a writer need not. Destroyed without finish(), it throws away what
// was written; that is all that may be done with it once something has thrown.
class Sink {
 public:
  virtual ~Sink() = default;
  Sink(const Sink &) = delete;
  Sink &operator=(const Sink &) = delete;

  // Before the first write(): no more bytes than this are to come. A sink in memory gets all of it at once.
  virtual void expect(uint64_t) {}
  // Throws IO, CALLBACK.
  void write(std::span<const std::byte> bytes);
  // Everything is written: the part of finish() that takes long, frees memory and shows nothing yet, for several files that are
  // to become visible together. Throws like write().
  void prepare();
  // Everything is written: makes it visible. Throws like write(), and then nothing is visible. Called once.
  void finish();
  // Bytes written so far.
  uint64_t position() const noexcept { return position_; }
  // The name in errors.
  const std::string &name() const noexcept { return name_; }

 protected:
  using Bytes = std::span<const std::byte>;

  explicit Sink(std::string name) : name_(std::move(name)) {}
  // The next bytes, in order; none of the pieces is empty.
  virtual void put(std::span<const Bytes> pieces) = 0;
  // After the last put().
  virtual void settle() {}
  // After settle().
  virtual void commit() = 0;

 private:
  void flush(Bytes last);

  std::string name_;
  std::string gathered_;  // small writes that put() has not seen yet
  uint64_t position_ = 0;
};

struct FileSinkOptions {
  uint32_t mode = 0;        // permission bits; 0 = those of the file that is replaced, or 0666 less the umask for a new one
  bool durable = true;      // fsync the file before it replaces the old one
  bool sync_folder = true;  // and, if so, the folder after
};

// A temporary file beside `path` that replaces it in finish(); where `path` is a symbolic link, the file that it names is
// replaced. An old file's owner and group are kept too as far as the system allows. Should the fsync of the folder fail,
// finish() throws although the new file is there. Throws NOT_FOUND, IO.
std::unique_ptr<Sink> file_sink(const char *path, const FileSinkOptions &options);

// The caller's callbacks; also when this throws, `abort` is called.
std::unique_ptr<Sink> callback_sink(const wp_sink &sink);

class MemorySink final : public Sink {
 public:
  MemorySink() : Sink("memory") {}

  void expect(uint64_t size) override { written_.reserve(size); }
  // Everything that was written; after finish().
  Buffer take() noexcept { return std::move(buffer_); }

 private:
  void put(std::span<const Bytes> pieces) override;
  void commit() override;

  GrowingBuffer written_;
  Buffer buffer_;  // once it is all there
};

}  // namespace weightport
