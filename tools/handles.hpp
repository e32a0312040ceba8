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

using CancelHandle = std::unique_ptr<wp_cancel, Releaser<wp_cancel_release>>;
using CheckpointHandle = std::unique_ptr<wp_checkpoint, Releaser<wp_checkpoint_release>>;
using ErrorHandle = std::unique_ptr<wp_error, Releaser<wp_error_release>>;
using ReportHandle = std::unique_ptr<wp_report, Releaser<wp_report_release>>;
using StateDictHandle = std::unique_ptr<wp_state_dict, Releaser<wp_state_dict_release>>;
using TensorHandle = std::unique_ptr<wp_tensor, Releaser<wp_tensor_release>>;
using ValueHandle = std::unique_ptr<wp_value, Releaser<wp_value_release>>;

// What the command ends with, on one line.
struct Failure : std::runtime_error {
  explicit Failure(const std::string &message, wp_code code = WP_OK) : runtime_error(message), code(code) {}
  wp_code code;  // of the library; WP_OK if it is not to blame
};

// The arguments make no sense, whatever is in the files.
struct WrongUsage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void check(wp_error *error) {
  if (!error) return;
  ErrorHandle owner(error);
  throw Failure(wp_error_message(error), wp_error_code(error));
}
