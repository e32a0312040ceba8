// SPDX-License-Identifier: MIT
#include "totals.hpp"

#include "text.hpp"

namespace {

// Bytes behind a tensor that has no storage of its own.
uint64_t part_bytes(const wp_tensor *tensor) {
  uint64_t bytes = 0;
  for (wp_tensor_part part = WP_PART_INDICES; part <= WP_PART_ZERO_POINTS; ++part) {
    if (const wp_tensor *strided = wp_tensor_get_part(tensor, part)) bytes += wp_tensor_nbytes(strided);
  }
  return bytes;
}

std::string counted(uint64_t number, const char *noun) { return grouped(number) + " " + noun + (number == 1 ? "" : "s"); }

}  // namespace

std::string dtype_and_shape(const wp_tensor *tensor) {
  static constexpr const char *kLayouts[] = {"", "sparse_coo ", "sparse_csr ", "sparse_csc ", "sparse_bsr ", "sparse_bsc "};
  std::string out = wp_dtype_name(wp_tensor_dtype(tensor));
  out += std::string(" ") + kLayouts[wp_tensor_layout(tensor)] + "[";
  for (size_t i = 0; i < wp_tensor_ndim(tensor); ++i) {
    if (i) out += ", ";
    out += std::to_string(wp_tensor_shape(tensor)[i]);
  }
  return out + "]";
}

uint64_t bytes_of(const wp_tensor *tensor) {
  return wp_tensor_layout(tensor) == WP_LAYOUT_STRIDED ? wp_tensor_nbytes(tensor) : part_bytes(tensor);
}

void Totals::add(const wp_tensor *tensor) {
  ++tensors_;
  uint64_t id = wp_tensor_storage_id(tensor);
  int64_t numel = wp_tensor_numel(tensor);
  if (id == 0) {
    bytes_ += part_bytes(tensor);
  } else if (storages_.insert(id).second) {
    bytes_ += wp_tensor_storage_nbytes(tensor);
  }
  if (id == 0 || views_.emplace(id, wp_tensor_storage_offset(tensor), numel).second)
    parameters_ += static_cast<uint64_t>(numel);
}

std::string Totals::text() const {
  return counted(tensors_, "tensor") + ", " + counted(parameters_, "parameter") + ", " + size_text(bytes_) + " in " +
         counted(storages_.size(), "storage") + "\n";
}
