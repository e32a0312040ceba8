// SPDX-License-Identifier: MIT
// A checkpoint to save that is one state_dict.
#pragma once

#include <functional>
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
  // The versions of the modules, which PyTorch keeps in the "_metadata" of an OrderedDict, under their new paths: `renamed` is
  // given each with a dot at its end, as it begins names. `key` as in Input::weights().
  void add_versions(const Input &input, const std::optional<std::string> &key,
                    const std::function<std::string(const std::string &)> &renamed);
  // What Module.get_extra_state() made and is no tensor: a state_dict of the C API has no place for it. None: it is left out.
  void add_extra_states(const Input &input, const std::optional<std::string> &key,
                        const std::function<std::optional<std::string>(const std::string &)> &renamed);

 private:
  wp_value *versions();

  CheckpointHandle checkpoint_;
};
