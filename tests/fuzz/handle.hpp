// SPDX-License-Identifier: MIT
// Handles of the C API that release themselves, and errors that are checked.
#pragma once

#include <memory>

#include "fuzz.hpp"

namespace fuzz {

struct Release {
  void operator()(wp_value *handle) const { wp_value_release(handle); }
  void operator()(wp_tensor *handle) const { wp_tensor_release(handle); }
  void operator()(wp_state_dict *handle) const { wp_state_dict_release(handle); }
  void operator()(wp_checkpoint *handle) const { wp_checkpoint_release(handle); }
  void operator()(wp_report *handle) const { wp_report_release(handle); }
  void operator()(wp_error *handle) const { wp_error_release(handle); }
};

template <class T>
using Handle = std::unique_ptr<T, Release>;

inline Handle<wp_value> shared(const wp_value *handle) { return Handle<wp_value>(wp_value_retain(handle)); }
inline Handle<wp_tensor> shared(const wp_tensor *handle) { return Handle<wp_tensor>(wp_tensor_retain(handle)); }
inline Handle<wp_state_dict> shared(const wp_state_dict *handle) { return Handle<wp_state_dict>(wp_state_dict_retain(handle)); }
inline Handle<wp_checkpoint> shared(const wp_checkpoint *handle) { return Handle<wp_checkpoint>(wp_checkpoint_retain(handle)); }

// Takes the error: its code.
inline wp_code take(wp_error *error) {
  Handle<wp_error> owner(error);
  if (error) check_error(wp_error_code(error), wp_error_message(error));
  return wp_error_code(error);
}

// The handle that `make(&out)` gives; null if it fails.
template <class T, class Make>
Handle<T> made(Make make) {
  T *out = nullptr;
  wp_code code = take(make(&out));
  expect((code == WP_OK) == (out != nullptr), "there is an output or an error");
  return Handle<T>(out);
}

}  // namespace fuzz
