// SPDX-License-Identifier: MIT
#include "value/kind.hpp"

#include <iterator>

namespace weightport {

const char *kind_name(wp_kind kind) noexcept {
  static constexpr const char *kNames[] = {"none",  "bool", "int",  "float",  "complex", "string", "bytes", "list",
                                           "tuple", "set",  "dict", "tensor", "dtype",   "device", "size",  "object"};
  return kind >= 0 && kind < static_cast<wp_kind>(std::size(kNames)) ? kNames[kind] : "unknown";
}

std::string a_kind(wp_kind kind) {
  return std::string(kind == WP_KIND_INT || kind == WP_KIND_OBJECT ? "an " : "a ") + kind_name(kind);
}

}  // namespace weightport
