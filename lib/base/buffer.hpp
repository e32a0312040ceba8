// SPDX-License-Identifier: MIT
// Owned bytes, 64-byte aligned, not zeroed unless asked for. Large ones are on large pages where the system has them: fresh
// memory costs a page fault a page, which for gigabytes takes longer than to fill them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace weightport {

class Buffer {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kLargePage = size_t{2} << 20;

  Buffer() = default;
  explicit Buffer(uint64_t size);  // throws std::bad_alloc
  static Buffer zeroed(uint64_t size);
  Buffer(Buffer &&other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer &operator=(Buffer &&other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Buffer();
  // Makes it end sooner. The memory stays allocated.
  void truncate(size_t size) noexcept { size_ = size; }

  std::byte *data() noexcept { return data_; }
  const std::byte *data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }
  std::span<std::byte> span() noexcept { return {data_, size_}; }
  std::span<const std::byte> span() const noexcept { return {data_, size_}; }

 private:
  std::byte *data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace weightport
