// SPDX-License-Identifier: MIT
// model.load_state_dict(): which keys fit, and taking their tensors over.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/model.hpp"

namespace weightport::libtorch {

struct LoadStateDictOptions {
  bool strict = true;
  bool assign = false;
  bool ignore_mismatched = false;
  bool dry_run = false;
  std::string strip_prefix;
  std::vector<std::pair<std::string, std::string>> rename;
};

struct KeyFinding {
  wp_finding kind;
  std::string key;
  std::string message;
};

// What does not fit, in Python's order: missing, unexpected, mismatched keys. Throws MISMATCH, before anything is changed, if
// the options do not allow what was found, or two keys become one.
std::vector<KeyFinding> load_state_dict(Model &model, const StateDict &state_dict, const LoadStateDictOptions &options);

}  // namespace weightport::libtorch
