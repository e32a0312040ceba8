// SPDX-License-Identifier: MIT
// Where a layer is described, "modules.0.norm" say, as the key of errors; the root has the empty path.
#pragma once

#include <string>
#include <string_view>

#include "exchange/fail.hpp"

namespace weightport::libtorch {

inline std::string join_path(const std::string &path, std::string_view step) {
  return path.empty() ? std::string(step) : concat(path, ".", step);
}

template <class... Parts>
[[noreturn]] void fail_under(const std::string &path, wp_code code, const Parts &...parts) {
  if (path.empty()) fail(code, parts...);
  fail_at(path, code, parts...);
}

}  // namespace weightport::libtorch
