// SPDX-License-Identifier: MIT
#include "base/buffer.hpp"

#include <cstring>
#include <limits>
#include <new>

namespace weightport {

Buffer::Buffer(uint64_t size) {
  if (size > static_cast<uint64_t>(std::numeric_limits<ptrdiff_t>::max()) - kAlignment) throw std::bad_alloc();
  data_ = static_cast<std::byte *>(::operator new (static_cast<size_t>(size ? size : 1), std::align_val_t{kAlignment}));
  size_ = static_cast<size_t>(size);
}

Buffer Buffer::zeroed(uint64_t size) {
  Buffer buffer(size);
  if (size) std::memset(buffer.data(), 0, buffer.size());
  return buffer;
}

Buffer::~Buffer() { ::operator delete (data_, std::align_val_t{kAlignment}); }

}  // namespace weightport
