// SPDX-License-Identifier: MIT
// The names that pickles of protocols 0 to 2 use for what Python 3 has moved, whichever Python wrote them.
#pragma once

#include <compare>
#include <string_view>

namespace weightport {

struct QualifiedName {
  std::string_view module, name;
  auto operator<=>(const QualifiedName &) const = default;
};

// What Python 3 reads it as.
QualifiedName python3_name(const QualifiedName &python2);

}  // namespace weightport
