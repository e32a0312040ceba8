// SPDX-License-Identifier: MIT
#include "base/limits.hpp"

#include "base/checked.hpp"
#include "base/error.hpp"
#include "base/struct_member.hpp"

namespace weightport {

Limits Limits::from(const wp_limits *limits) {
  Limits out;
  if (!limits) return out;
  if (!limits->struct_size) fail(WP_ERROR_INVALID_ARGUMENT, "wp_limits: ", kNotBegun);
  auto take = [&](auto &target, auto wp_limits::*member) {
    if (has_member(*limits, member) && limits->*member) target = limits->*member;
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
    : in_proportion_(!limits.max_bytes),
      max_(in_proportion_ ? uint64_t{32} << 20 : limits.max_bytes),
      used_(limits.used_bytes) {
  extend(file_size);
}

void Budget::extend(uint64_t file_size) noexcept {
  if (!in_proportion_) return;
  auto more = checked_mul<uint64_t>(file_size, 16);
  max_ = (more ? checked_add(max_, *more) : std::nullopt).value_or(UINT64_MAX);
}

void Budget::charge(uint64_t bytes) {
  if (bytes > max_ - used_) {
    fail(WP_ERROR_LIMIT, "the file's directory and values need more than ", max_, " bytes of memory (wp_limits.max_bytes)");
  }
  used_ += bytes;
}

}  // namespace weightport
