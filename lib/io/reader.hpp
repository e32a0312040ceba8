// SPDX-License-Identifier: MIT
// Reads a source from front to back, through a window where it is not mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "io/source.hpp"

namespace weightport {

class Reader {
 public:
  explicit Reader(Ref<Source> source, uint64_t offset = 0);

  uint64_t position() const noexcept { return base_ + static_cast<uint64_t>(cursor_ - window_); }
  uint64_t left() const noexcept { return source_->size() - position(); }
  const Ref<Source> &source() const noexcept { return source_; }

  // The next `size` bytes; valid until the next call. Throws CORRUPT when the source ends before.
  const std::byte *take(uint64_t size) {
    if (size > static_cast<uint64_t>(end_ - cursor_)) refill(size);
    const std::byte *out = cursor_;
    cursor_ += size;
    return out;
  }
  // Fills `out` with the next bytes, and reads or touches nothing beside them where the last ones taken so are far. Throws
  // CORRUPT when the source ends before.
  void copy(std::span<std::byte> out);
  // The next line without its newline, of at most `max` bytes; valid until the next call. Throws CORRUPT, LIMIT.
  std::string_view line(uint64_t max);
  void skip(uint64_t size);

 private:
  void refill(uint64_t size);

  Ref<Source> source_;
  Buffer buffer_;  // empty while the window is the mapping
  const std::byte *window_ = nullptr;
  const std::byte *cursor_ = nullptr;
  const std::byte *end_ = nullptr;
  uint64_t copied_ = 0;  // where the last copy() ended
  uint64_t base_ = 0;    // offset of the window in the source
};

}  // namespace weightport
