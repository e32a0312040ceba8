// SPDX-License-Identifier: MIT
// A walk of a large shape, piece by piece, in row-major order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tensor/tensor.hpp"

namespace weightport {

// Parts of a shape, of at most `most` elements: all of the inner dimensions, a run of one, and one of each outer. Calls
// take(where it begins, its sizes). No size is 0.
template <class Take>
void each_piece(Dims shape, uint64_t most, Take take) {
  uint64_t inner = 1;
  size_t split = shape.size();
  while (split > 0 && static_cast<uint64_t>(shape[split - 1]) <= most / inner) {
    inner *= static_cast<uint64_t>(shape[--split]);
  }
  std::vector<int64_t> index(shape.size()), sizes(shape.begin(), shape.end());
  if (split == 0) return take(Dims(index), Dims(sizes));
  std::fill(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(split), 1);
  size_t last = split - 1;
  while (index[0] < shape[0]) {
    sizes[last] = std::min(static_cast<int64_t>(most / inner), shape[last] - index[last]);
    take(Dims(index), Dims(sizes));
    index[last] += sizes[last];
    for (size_t i = last; i > 0 && index[i] == shape[i]; --i) {
      index[i] = 0;
      ++index[i - 1];
    }
  }
}

// The storage offset of the element at an index.
inline int64_t offset_at(const Tensor &tensor, Dims index, Dims strides) {
  int64_t offset = tensor.storage_offset();
  for (size_t i = 0; i < index.size(); ++i) offset += index[i] * strides[i];
  return offset;
}

}  // namespace weightport
