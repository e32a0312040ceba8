// SPDX-License-Identifier: MIT
// torch.layout, which pickles name as torch.serialization._get_layout("torch.strided").
#pragma once

#include <string_view>

#include "tensor/dtype.hpp"

namespace weightport {

// Two of them no tensor has that is read here.
inline bool is_layout(std::string_view name) noexcept {
  if (!name.starts_with("torch.")) return false;
  name.remove_prefix(6);
  return layout_from_name(name) != WP_LAYOUT_STRIDED || name == layout_name(WP_LAYOUT_STRIDED) || name == "_mkldnn" ||
         name == "jagged";
}

}  // namespace weightport
