// SPDX-License-Identifier: MIT
#include "io/reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.hpp"

namespace weightport {
namespace {

constexpr uint64_t kWindow = uint64_t{1} << 16;  // as much as Linux maps at one touch

}  // namespace

Reader::Reader(Ref<Source> source, uint64_t offset) : source_(std::move(source)) {
  if (const std::byte *mapping = source_->mapping()) {
    window_ = cursor_ = mapping;
    end_ = mapping + source_->size();
  }
  skip(offset);
}

void Reader::refill(uint64_t size) {
  uint64_t at = position();
  if (size > left()) corrupt(at, "the file ends at byte ", source_->size(), ", ", size, " bytes are expected here");
  if (source_->mapping()) return;
  buffer_ = source_->read(at, std::min(left(), std::max(size, kWindow)));
  base_ = at;
  window_ = cursor_ = buffer_.data();
  end_ = window_ + buffer_.size();
}

void Reader::copy(std::span<std::byte> out) {
  if (position() - copied_ > kWindow) {
    source_->read_beside_mapping(position(), out);
    skip(out.size());
  } else {
    std::copy_n(take(out.size()), out.size(), out.data());
  }
  copied_ = position();
}

std::string_view Reader::line(uint64_t max) {
  max = std::min(max, UINT64_MAX - 1);  // so that one more is no overflow
  for (uint64_t want = 256;; want *= 2) {
    want = std::min(want, left());
    if (want > static_cast<uint64_t>(end_ - cursor_)) refill(want);
    auto size = static_cast<uint64_t>(end_ - cursor_);
    const void *newline = size ? std::memchr(cursor_, '\n', static_cast<size_t>(std::min(size, max + 1))) : nullptr;
    if (newline) {
      std::string_view out(reinterpret_cast<const char *>(cursor_),
                           static_cast<size_t>(static_cast<const std::byte *>(newline) - cursor_));
      cursor_ += out.size() + 1;
      return out;
    }
    if (size > max) {
      throw Error(WP_ERROR_LIMIT, concat("a line is longer than ", max, " bytes"), static_cast<int64_t>(position()));
    }
    if (size == left()) corrupt(position(), "the file ends inside a line");
    want = std::max(want, size);
  }
}

void Reader::skip(uint64_t size) {
  if (size <= static_cast<uint64_t>(end_ - cursor_)) {
    cursor_ += size;
    return;
  }
  uint64_t at = position();
  if (size > left()) corrupt(at, "the file ends at byte ", source_->size(), ", ", size, " bytes are expected here");
  base_ = at + size;
  window_ = cursor_ = end_ = nullptr;
}

}  // namespace weightport
