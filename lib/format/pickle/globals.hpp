// SPDX-License-Identifier: MIT
// The classes and functions that the pickles of one file name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.hpp"
#include "format/document.hpp"

namespace weightport {

// Bytes of a module or of a name in it, where the pickle has them as strings: a few bytes can use one long string again and
// again.
inline constexpr size_t kMaxName = 1024;

class Globals {
 public:
  // The node that stands for a class or function, made once for each name. Throws CORRUPT for a name that is not UTF-8, as
  // Python does, and LIMIT.
  Node *get(Tree &tree, std::string_view module, std::string_view name);
  // In order of first use.
  std::vector<Global> take() { return std::move(list_); }

 private:
  std::vector<Global> list_;
  std::unordered_map<std::string, Node *, StringHash, std::equal_to<>> nodes_;
};

// Whether torch.load(weights_only=True) accepts "module.name".
bool allowed_by_weights_only(std::string_view name);

}  // namespace weightport
