// SPDX-License-Identifier: MIT
// Failures of our own, as exceptions that become a wp_error at the C boundary.
#pragma once

#include <string>

#include "base/error_line.hpp"
#include "base/text.hpp"
#include "weightport.hpp"

namespace weightport::libtorch {

template <class... Parts>
[[noreturn]] void fail(wp_code code, const Parts &...parts) {
  throw Error(code, concat(parts...));
}

// The same, about a key of a state_dict or a path in a tree.
template <class... Parts>
[[noreturn]] void fail_at(const std::string &key, wp_code code, const Parts &...parts) {
  throw Error(wp_error_create(code, concat(parts..., " (", key, ")").c_str(), key.c_str()));
}

// The same, about a file or what stands for one.
template <class... Parts>
[[noreturn]] void fail_in_file(const std::string &file, wp_code code, const Parts &...parts) {
  wp_error *error = wp_error_create(code, error_line(file, concat(parts...)).c_str(), nullptr);
  wp_error_set_file(error, file.c_str(), -1);
  throw Error(error);
}

inline void require(bool condition, const char *message) {
  if (!condition) throw Error(WP_ERROR_INVALID_ARGUMENT, message);
}

}  // namespace weightport::libtorch
