// SPDX-License-Identifier: MIT
// The C API's handles as C++ owners, and its errors as exceptions.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "weightport/weightport.h"

template <auto Release>
struct Releaser {
  template <class T>
  void operator()(T *handle) const {
    Release(handle);
  }
};

using CheckpointHandle = std::unique_ptr<wp_checkpoint, Releaser<wp_checkpoint_release>>;
using StateDictHandle = std::unique_ptr<wp_state_dict, Releaser<wp_state_dict_release>>;
using ErrorHandle = std::unique_ptr<wp_error, Releaser<wp_error_release>>;

// What the command ends with, on one line.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void check(wp_error *error) {
  if (!error) return;
  ErrorHandle owner(error);
  throw Failure(wp_error_message(error));
}
