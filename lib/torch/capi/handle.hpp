// SPDX-License-Identifier: MIT
// Handles are the addresses of their objects.
#pragma once

#include "base/struct_member.hpp"
#include "exchange/boundary.hpp"
#include "model/model.hpp"
#include "weightport/torch/model.h"

namespace weightport::libtorch {

inline Model *unwrap(const wp_model *handle) noexcept { return reinterpret_cast<Model *>(const_cast<wp_model *>(handle)); }
inline wp_model *wrap_handle(Model *object) noexcept { return reinterpret_cast<wp_model *>(object); }

// Gives the caller the reference.
template <class T>
auto give(Ref<T> object) noexcept {
  return wrap_handle(object.detach());
}

// A member of the caller's struct, or what it is where there is no struct or an older one. Throws INVALID_ARGUMENT for one that
// was not begun with its _INIT.
template <class Struct, class Member>
Member member_or(const Struct *options, Member Struct::*member, std::type_identity_t<Member> otherwise) {
  if (!options) return otherwise;
  require(options->struct_size, kNotBegun);
  return has_member(*options, member) ? options->*member : otherwise;
}

}  // namespace weightport::libtorch
