// SPDX-License-Identifier: MIT
// A checkpoint to save that is one state_dict.
#pragma once

#include <optional>
#include <string>

#include "handles.hpp"
#include "input.hpp"

StateDictHandle new_state_dict();

// Throws Failure for a name that holds a NUL, which the C API could not be given.
std::string name_at(const wp_state_dict *state_dict, size_t index);

class StateDictFile {
 public:
  explicit StateDictFile(const wp_state_dict *weights);

  const wp_checkpoint *checkpoint() const { return checkpoint_.get(); }
  // The texts of safetensors' "__metadata__"; those that are there already stay.
  void add_metadata(const Input &input);
  // The versions of the modules, which PyTorch keeps in the "_metadata" of an OrderedDict. `key` as in Input::weights().
  void add_versions(const Input &input, const std::optional<std::string> &key);

 private:
  CheckpointHandle checkpoint_;
};
