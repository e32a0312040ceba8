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

#if defined(MADV_HUGEPAGE) && !defined(__SANITIZE_ADDRESS__)
constexpr size_t whole_pages(size_t size) { return (size + Buffer::kLargePage - 1) & ~(Buffer::kLargePage - 1); }

// Not from the heap, which aligned memory of this size would leave full of holes.
std::byte *map_pages(size_t size) {
  size_t pages = whole_pages(size), space = pages + Buffer::kLargePage;
  void *mapped = ::mmap(nullptr, space, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  // What stands before and after the aligned part is given back.
  auto *begin = static_cast<std::byte *>(mapped);
  size_t before = whole_pages(reinterpret_cast<uintptr_t>(begin)) - reinterpret_cast<uintptr_t>(begin);
  if (before) ::munmap(begin, before);
  begin += before;
  ::munmap(begin + pages, space - before - pages);
  // A page that is not needed to its end would be memory that nobody asked for. A system without large pages refuses, which
  // changes nothing.
  ::madvise(begin, size & ~(Buffer::kLargePage - 1), MADV_HUGEPAGE);
  return begin;
}

// Whether allocate() gives pages that nobody has used, which are zero.
constexpr bool is_fresh(size_t size) { return size >= Buffer::kLargePage; }

std::byte *allocate(size_t size) {
  if (is_fresh(size)) return map_pages(size);
  return static_cast<std::byte *>(::operator new (size, std::align_val_t{Buffer::kAlignment}));
}

void release(std::byte *data, size_t size) noexcept {
  if (is_fresh(size)) {
    ::munmap(data, whole_pages(size));
  } else {
    ::operator delete (data, std::align_val_t{Buffer::kAlignment});
  }
}
#else
constexpr bool is_fresh(size_t) { return false; }

std::byte *allocate(size_t size) {
  return static_cast<std::byte *>(::operator new (size, std::align_val_t{Buffer::kAlignment}));
}

void release(std::byte *data, size_t) noexcept { ::operator delete (data, std::align_val_t{Buffer::kAlignment}); }
#endif

}  // namespace

Buffer::Buffer(uint64_t size) {
  if (size > static_cast<uint64_t>(std::numeric_limits<ptrdiff_t>::max()) - 2 * kLargePage) throw std::bad_alloc();
  capacity_ = static_cast<size_t>(size ? size : 1);
  data_ = allocate(capacity_);
  size_ = static_cast<size_t>(size);
}

Buffer Buffer::zeroed(uint64_t size) {
  Buffer buffer(size);
  if (size && !is_fresh(buffer.size())) std::memset(buffer.data(), 0, buffer.size());
  return buffer;
}

Buffer::~Buffer() {
  if (data_) release(data_, capacity_);
}

}  // namespace weightport
