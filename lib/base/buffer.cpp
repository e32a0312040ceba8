// SPDX-License-Identifier: MIT
#include "base/buffer.hpp"

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

#include <cstring>
#include <limits>
#include <new>

namespace weightport {
namespace {

std::align_val_t alignment(size_t capacity) {
  return std::align_val_t{capacity < Buffer::kLargePage ? Buffer::kAlignment : Buffer::kLargePage};
}

}  // namespace

Buffer::Buffer(uint64_t size) {
  if (size > static_cast<uint64_t>(std::numeric_limits<ptrdiff_t>::max()) - kLargePage) throw std::bad_alloc();
  capacity_ = static_cast<size_t>(size ? size : 1);
  data_ = static_cast<std::byte *>(::operator new(capacity_, alignment(capacity_)));
  size_ = static_cast<size_t>(size);
#ifdef MADV_HUGEPAGE
  // Whole ones only: the rest would be memory that nobody asked for. A system without them refuses, which changes nothing.
  if (size_t whole = capacity_ & ~(kLargePage - 1)) ::madvise(data_, whole, MADV_HUGEPAGE);
#endif
}

Buffer Buffer::zeroed(uint64_t size) {
  Buffer buffer(size);
  if (size) std::memset(buffer.data(), 0, buffer.size());
  return buffer;
}

Buffer::~Buffer() { ::operator delete(data_, alignment(capacity_)); }

}  // namespace weightport
