// SPDX-License-Identifier: MIT
#include "format/tensor_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/endian.hpp"
#include "tensor/convert.hpp"
#include "tensor/pieces.hpp"
#include "tensor/wrap.hpp"

namespace weightport {
namespace {

constexpr size_t kCopy = size_t{1} << 20;
constexpr size_t kPiece = size_t{4} << 20;

bool is_plain(const Tensor &tensor) noexcept {
  const TensorExtra *extra = tensor.extra();
  return tensor.is_contiguous() && !(extra && (extra->conj || extra->neg));
}

}  // namespace

void TensorWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    auto piece = bytes.first(std::min(bytes.size(), kPiece));
    bytes = bytes.subspan(piece.size());
    sink_.write(piece);
    unreported_ += piece.size();
    if (unreported_ >= kPiece) report();
  }
}

void TensorWriter::report() { operation_.advance(std::exchange(unreported_, 0)); }

void TensorWriter::write(const Tensor &tensor) {
  if (tensor.nbytes() == 0) return;
  if (!kLittleEndian || !is_plain(tensor)) return write_rows(tensor);
  const Storage &storage = *tensor.storage();
  uint64_t offset = static_cast<uint64_t>(tensor.storage_offset()) * itemsize(tensor.dtype());
  if (const std::byte *bytes = storage.in_memory(tensor.nbytes()))
    return write({bytes + offset, static_cast<size_t>(tensor.nbytes())});
  storage.stream(offset, tensor.nbytes(), kCopy, [this](std::span<const std::byte> piece) { write(piece); });
}

void TensorWriter::write_rows(const Tensor &tensor) {
  each_piece(tensor.shape(), kCopy / itemsize(tensor.dtype()), [&](Dims index, Dims sizes) {
    write_copy(*view_tensor(tensor, offset_at(tensor, index, tensor.strides()), sizes, tensor.strides().data()));
  });
}

void TensorWriter::write_copy(const Tensor &tensor) {
  if (!copy_.data()) copy_ = Buffer(kCopy);
  auto bytes = copy_.span().first(static_cast<size_t>(tensor.nbytes()));
  read_elements(tensor, bytes, tensor.dtype());
  if (!kLittleEndian) swap_units(bytes, dtype_info(tensor.dtype())->unit);
  write(bytes);
}

}  // namespace weightport
