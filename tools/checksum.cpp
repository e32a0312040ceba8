// SPDX-License-Identifier: MIT
#include "checksum.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string_view>
#include <vector>

#include "handles.hpp"

namespace {

// An expanded tensor can be far larger than the storage behind it.
constexpr uint64_t kMaxChecked = uint64_t{4} << 30;

void to_little_endian(std::vector<std::byte> &bytes, wp_dtype dtype) {
  if constexpr (std::endian::native == std::endian::little) return;
  bool pair = std::string_view(wp_dtype_name(dtype)).starts_with("complex");
  auto unit = static_cast<std::ptrdiff_t>(wp_dtype_itemsize(dtype) / (pair ? 2 : 1));
  for (auto at = bytes.begin(); at != bytes.end(); at += unit) std::reverse(at, at + unit);
}

uint32_t checksum(const wp_tensor *tensor) {
  uint64_t nbytes = wp_tensor_nbytes(tensor);
  if (nbytes == 0) return 0;
  bool plain = wp_tensor_is_contiguous(tensor) && !wp_tensor_is_conj(tensor) && !wp_tensor_is_neg(tensor);
  if (plain && std::endian::native == std::endian::little) {
    const void *data;
    check(wp_tensor_data(&data, tensor));
    return libdeflate_crc32(0, data, nbytes);
  }
  if (nbytes > kMaxChecked && nbytes > wp_tensor_storage_nbytes(tensor)) {
    throw Failure("a tensor that expands a small storage to more than 4 GiB has no checksum");
  }
  std::vector<std::byte> bytes(nbytes);
  check(wp_tensor_read(tensor, bytes.data(), bytes.size(), wp_tensor_dtype(tensor)));
  to_little_endian(bytes, wp_tensor_dtype(tensor));
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace

std::optional<uint32_t> Checksums::of(const wp_tensor *tensor) {
  if (wp_tensor_storage_id(tensor) == 0) return std::nullopt;
  auto [entry, is_new] = known_.try_emplace(tensor, 0);
  if (is_new) entry->second = checksum(tensor);
  return entry->second;
}
