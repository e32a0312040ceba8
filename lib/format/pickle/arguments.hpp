// SPDX-License-Identifier: MIT
// Arguments of a known function, taken out one by one by the type it needs. Throws CORRUPT with the function's name.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/pickle/call.hpp"

namespace weightport {

class Arguments {
 public:
  explicit Arguments(const Call &call) : call_(call) {}

  size_t size() const noexcept { return call_.args.size(); }
  bool has(size_t i) const noexcept { return i < size() && !call_.args[i]->is(WP_KIND_NONE); }
  Node &any(size_t i) const;
  int64_t integer(size_t i) const;
  bool boolean(size_t i) const;
  wp_dtype dtype(size_t i) const;
  Tensor &tensor(size_t i) const;
  std::string_view device(size_t i) const;  // a torch.device or its name
  Node &tuple(size_t i) const;              // or a list
  std::vector<int64_t> sizes(size_t i) const;
  [[noreturn]] void broken(size_t i, std::string_view wanted) const;

 private:
  const Call &call_;
};

}  // namespace weightport
