// SPDX-License-Identifier: MIT
// Bytes that are only appended, on large pages once they are many: see buffer.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/buffer.hpp"

namespace weightport {

class GrowingBuffer {
 public:
  explicit GrowingBuffer(uint64_t size_hint = 0) : buffer_(size_hint) {}

  size_t size() const noexcept { return size_; }
  std::string_view view() const noexcept { return {reinterpret_cast<const char *>(buffer_.data()), size_}; }

  void append(std::string_view bytes) {
    if (bytes.size() > buffer_.size() - size_) grow(bytes.size());
    if (!bytes.empty()) std::memcpy(buffer_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void reserve(uint64_t size) {
    if (size > buffer_.size()) move_to(Buffer(size));
  }
  void push_back(char byte) {
    if (size_ == buffer_.size()) grow(1);
    buffer_.data()[size_++] = static_cast<std::byte>(byte);
  }

  Buffer take() noexcept {
    buffer_.truncate(std::exchange(size_, 0));
    return std::move(buffer_);
  }

 private:
  void grow(size_t more) {
    uint64_t step = buffer_.size() < Buffer::kLargePage ? 8 : 2;
    move_to(Buffer(std::max({uint64_t{1024}, step * buffer_.size(), uint64_t{size_} + more})));
  }
  void move_to(Buffer larger) {
    if (size_) std::memcpy(larger.data(), buffer_.data(), size_);
    buffer_ = std::move(larger);
  }

  Buffer buffer_;
  size_t size_ = 0;
};

}  // namespace weightport
