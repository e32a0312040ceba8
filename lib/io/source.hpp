// SPDX-License-Identifier: MIT
// Bytes at offsets: a mapped file, a file, memory, or the caller's callbacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/buffer.hpp"
#include "base/ref.hpp"
#include "weightport/io.h"

namespace weightport {

// Shareable between threads. Offsets and sizes are checked here, so that an implementation need not.
class Source : public RefCounted {
 public:
  const std::string &name() const noexcept { return name_; }
  uint64_t size() const noexcept { return size_; }
  // The whole source as readable memory that lives as long as the source, or null.
  const std::byte *mapping() const noexcept { return mapping_; }
  // Makes the mapping memory that may be written, and the file not: false where that cannot be. Safe from several threads.
  // Throws OUT_OF_MEMORY.
  virtual bool make_private() const { return false; }
  // Whether it was called: the mapping may then hold what the file does not, which read() gives nevertheless.
  virtual bool is_private() const noexcept { return false; }

  // Throws IO where the file has become shorter than its mapping: touching the rest would end the process. Cheap, but true for
  // this moment only.
  virtual void check_mapping() const {}

  // Fills `out` from `offset`. Throws CORRUPT past the end, IO, CALLBACK.
  void read(uint64_t offset, std::span<std::byte> out) const;
  Buffer read(uint64_t offset, uint64_t size) const;
  // What the file holds, by a call of the system where there is one: the first touch of a page of a mapping costs more, once
  // for a few bytes and again and again for many.
  virtual void read_beside_mapping(uint64_t offset, std::span<std::byte> out) const { read(offset, out); }

 protected:
  void require_inside(uint64_t offset, uint64_t size) const;  // throws CORRUPT
  Source(std::string name, uint64_t size, const std::byte *mapping = nullptr)
      : name_(std::move(name)), size_(size), mapping_(mapping) {}
  virtual void read_at(uint64_t offset, std::span<std::byte> out) const = 0;

 private:
  std::string name_;
  uint64_t size_;
  const std::byte *mapping_;
};

// A regular file; with `map`, mapped read-only where the system can. Throws NOT_FOUND, IO.
Ref<Source> open_file(const char *path, bool map);
// Borrowed memory; `keep_alive` may own it.
Ref<Source> memory_source(std::span<const std::byte> bytes, std::string name, Ref<RefCounted> keep_alive = {});
Ref<Source> buffer_source(Buffer buffer, std::string name);
// A part of another source.
Ref<Source> slice_source(Ref<Source> source, uint64_t offset, uint64_t size, std::string name);
// The caller's callbacks. Calls `close` when destroyed, and also when this throws.
Ref<Source> callback_source(const wp_source &source, bool map);

}  // namespace weightport
