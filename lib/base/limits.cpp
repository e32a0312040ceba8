// SPDX-License-Identifier: MIT
#include "base/limits.hpp"

#include <cstddef>

#include "base/error.hpp"

namespace weightport {

Limits Limits::from(const wp_limits *limits) {
  Limits out;
  if (!limits) return out;
  if (!limits->struct_size) fail(WP_ERROR_INVALID_ARGUMENT, "wp_limits.struct_size is not set: begin with WP_LIMITS_INIT");
  auto take = [&](auto &target, auto wp_limits::*member) {
    auto end = reinterpret_cast<const char *>(&(limits->*member) + 1) - reinterpret_cast<const char *>(limits);
    if (static_cast<size_t>(end) <= limits->struct_size && limits->*member) target = limits->*member;
  };
  take(out.max_depth, &wp_limits::max_depth);
  take(out.max_tensors, &wp_limits::max_tensors);
  take(out.max_bytes, &wp_limits::max_bytes);
  take(out.max_steps, &wp_limits::max_steps);
  take(out.max_string, &wp_limits::max_string);
  take(out.max_inflate_ratio, &wp_limits::max_inflate_ratio);
  return out;
}

Budget::Budget(const Limits &limits, uint64_t file_size)
    : max_(limits.max_bytes ? limits.max_bytes
                            : (uint64_t{32} << 20) + (file_size > (UINT64_MAX >> 5) ? file_size : 16 * file_size)) {}

void Budget::charge(uint64_t bytes) {
  if (bytes > max_ - used_) {
    fail(WP_ERROR_LIMIT, "the file's directory and values need more than ", max_, " bytes of memory (wp_limits.max_bytes)");
  }
  used_ += bytes;
}

}  // namespace weightport
