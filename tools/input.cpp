// SPDX-License-Identifier: MIT
#include "input.hpp"

namespace {

CheckpointHandle open(const std::string &file, wp_cancel *cancel) {
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.cancel = cancel;
  wp_checkpoint *opened;
  check(wp_checkpoint_open(&opened, file.c_str(), &options));
  return CheckpointHandle(opened);
}

}  // namespace

Input::Input(const std::string &file, wp_cancel *cancel) : file_(file), checkpoint_(open(file, cancel)) {}

const wp_value *Input::value(const std::string &key) const {
  return naming([&] {
    wp_value *value;
    check(wp_value_at(&value, wp_checkpoint_root(checkpoint()), key.c_str()));
    return value;
  });
}

std::string Input::weights_key(const std::string &key) const {
  return key.empty() && wp_checkpoint_state_dict_count(checkpoint()) == 1 ? wp_checkpoint_state_dict_key(checkpoint(), 0) : key;
}

StateDictHandle Input::weights(const std::string &key) const {
  return naming([&] {
    wp_state_dict *state_dict;
    ErrorHandle error(wp_checkpoint_state_dict(&state_dict, checkpoint(), key.empty() ? nullptr : key.c_str()));
    if (!error) return StateDictHandle(state_dict);
    bool several = key.empty() && wp_checkpoint_state_dict_count(checkpoint()) > 1;
    throw Failure(wp_error_message(error.get()) + std::string(several ? " (with --key)" : ""), wp_error_code(error.get()));
  });
}
