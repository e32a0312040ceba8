// SPDX-License-Identifier: MIT
// The names that pickles of protocols 0 to 2 use for what Python 3 has moved, whichever Python wrote them.
#pragma once

#include <string_view>
#include <tuple>

namespace weightport {

struct QualifiedName {
  std::string_view module, name;
  bool operator==(const QualifiedName &) const = default;
  bool operator<(const QualifiedName &other) const noexcept {
    return std::tie(module, name) < std::tie(other.module, other.name);
  }
};

// What Python 3 reads it as.
QualifiedName python3_name(const QualifiedName &python2);

}  // namespace weightport
