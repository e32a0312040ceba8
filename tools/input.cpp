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

std::string Input::weights_key(const std::optional<std::string> &key) const {
  return key ? *key : wp_checkpoint_state_dict_key(checkpoint(), 0);
}

StateDictHandle Input::weights(const std::optional<std::string> &key) const {
  return naming([&] {
    wp_state_dict *state_dict;
    ErrorHandle error(wp_checkpoint_state_dict(&state_dict, checkpoint(), key ? key->c_str() : nullptr));
    if (!error) return StateDictHandle(state_dict);
    std::string message = wp_error_message(error.get());
    wp_code code = wp_error_code(error.get());
    size_t count = wp_checkpoint_state_dict_count(checkpoint());
    if (key && code == WP_ERROR_MISMATCH) {
      message = "what is at --key \"" + *key + "\" is no state_dict: " + message;
    } else if (!key && count > 1) {
      message += " (with --key)";
    } else if (!key && count == 0) {
      message += "; --key KEY says what keeps the value there from being one";
    }
    throw Failure(message, code);
  });
}
