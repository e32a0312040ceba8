// SPDX-License-Identifier: MIT
// A file that is read. Every Failure names it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "handles.hpp"

class Input {
 public:
  // `cancel` may be NULL.
  explicit Input(const std::string &file, wp_cancel *cancel = nullptr);

  const std::string &file() const { return file_; }
  const wp_checkpoint *checkpoint() const { return checkpoint_.get(); }
  // The value at a path; "" is the root.
  const wp_value *value(const std::string &key) const;
  // Where the state_dict is: at the key, or without one where the only one is.
  std::string weights_key(const std::optional<std::string> &key) const;
  StateDictHandle weights(const std::optional<std::string> &key) const;

  // Runs an action whose failures are about this file.
  template <class Action>
  auto naming(Action action) const {
    try {
      return action();
    } catch (const Failure &e) {
      if (std::string_view(e.what()).starts_with(file_)) throw;
      throw Failure(file_ + ": " + e.what(), e.code);
    }
  }

 private:
  std::string file_;
  CheckpointHandle checkpoint_;
};
