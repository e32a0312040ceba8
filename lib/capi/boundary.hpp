// SPDX-License-Identifier: MIT
// Between C and C++: no exception gets out, handles become objects, arguments are checked.
#pragma once

#include <type_traits>

#include "base/error.hpp"
#include "base/operation.hpp"
#include "base/ref.hpp"
#include "base/struct_member.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/report.hpp"
#include "tensor/tensor.hpp"
#include "value/node.hpp"
#include "value/state_dict.hpp"
#include "weightport/weightport.h"

namespace weightport {

// The C error for the exception in flight. Cannot fail: where memory is short, a static error is returned.
wp_error *current_error() noexcept;

// A handle is the address of its object.
inline Tensor *unwrap(const wp_tensor *handle) noexcept { return reinterpret_cast<Tensor *>(const_cast<wp_tensor *>(handle)); }
inline Node *unwrap(const wp_value *handle) noexcept { return reinterpret_cast<Node *>(const_cast<wp_value *>(handle)); }
inline StateDict *unwrap(const wp_state_dict *handle) noexcept {
  return reinterpret_cast<StateDict *>(const_cast<wp_state_dict *>(handle));
}
inline Checkpoint *unwrap(const wp_checkpoint *handle) noexcept {
  return reinterpret_cast<Checkpoint *>(const_cast<wp_checkpoint *>(handle));
}
inline Report *unwrap(const wp_report *handle) noexcept { return reinterpret_cast<Report *>(const_cast<wp_report *>(handle)); }
inline Cancel *unwrap(const wp_cancel *handle) noexcept { return reinterpret_cast<Cancel *>(const_cast<wp_cancel *>(handle)); }

inline wp_tensor *wrap_handle(Tensor *object) noexcept { return reinterpret_cast<wp_tensor *>(object); }
inline wp_value *wrap_handle(Node *object) noexcept { return reinterpret_cast<wp_value *>(object); }
inline wp_state_dict *wrap_handle(StateDict *object) noexcept { return reinterpret_cast<wp_state_dict *>(object); }
inline wp_checkpoint *wrap_handle(Checkpoint *object) noexcept { return reinterpret_cast<wp_checkpoint *>(object); }
inline wp_report *wrap_handle(Report *object) noexcept { return reinterpret_cast<wp_report *>(object); }
inline wp_cancel *wrap_handle(Cancel *object) noexcept { return reinterpret_cast<wp_cancel *>(object); }

// Gives the caller the reference.
template <class T>
auto give(Ref<T> object) noexcept {
  return wrap_handle(object.detach());
}

inline void require(bool condition, const char *message) {
  if (!condition) throw Error(WP_ERROR_INVALID_ARGUMENT, message);
}

// A null pointer stands for the defaults; members that an older caller does not have keep them too. Throws INVALID_ARGUMENT for
// a struct that was not begun with its _INIT.
template <class Struct, class Member>
Member member_or(const Struct *options, Member Struct::*member, std::type_identity_t<Member> otherwise) {
  if (!options) return otherwise;
  require(options->struct_size, kNotBegun);
  return has_member(*options, member) ? options->*member : otherwise;
}

// A copy of a struct that the library cannot do without, with members up to `required` at least.
template <class Struct, class Member>
Struct known_members(const Struct &from, Member Struct::*required, const char *message) {
  require(has_member(from, required), message);
  return known_members(from);
}

// What an operation carries, from the members that every struct of options has.
template <class Struct>
Operation operation_of(const Struct *options, const Limits &limits) {
  return Operation(limits, unwrap(member_or(options, &Struct::cancel, nullptr)), member_or(options, &Struct::progress, nullptr),
                   member_or(options, &Struct::progress_user, nullptr));
}

}  // namespace weightport

// The body of a function that can fail stands between these two. Every `out` is cleared before.
#define WP_GUARD_BEGIN try {
#define WP_GUARD_END                    \
  return nullptr;                       \
  }                                     \
  catch (...) {                         \
    return weightport::current_error(); \
  }
