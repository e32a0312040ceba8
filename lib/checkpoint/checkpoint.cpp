// SPDX-License-Identifier: MIT
#include "checkpoint/checkpoint.hpp"

#include <utility>

#include "base/error.hpp"
#include "value/find_state_dicts.hpp"
#include "value/module_state.hpp"
#include "value/path.hpp"

namespace weightport {
namespace {

// The first few keys, for a message.
std::string listed(const std::vector<std::string> &keys) {
  std::string text;
  for (size_t i = 0; i < keys.size() && i < 16; ++i) append(text, concat(i ? ", " : "", "\"", printable(keys[i]), "\""));
  if (keys.size() > 16) append(text, concat(" and ", keys.size() - 16, " more"));
  return text;
}

}  // namespace

Checkpoint::Checkpoint(Document document, const Limits &limits)
    : document_(std::move(document)), limits_(limits), state_dict_keys_(find_state_dicts(*document_.root, limits)) {}

Ref<StateDict> Checkpoint::state_dict(const char *key) const {
  if (!key) {
    if (state_dict_keys_.empty()) fail(WP_ERROR_NOT_FOUND, "the checkpoint holds no state_dict");
    if (state_dict_keys_.size() > 1) {
      fail(WP_ERROR_MISMATCH, "the checkpoint holds ", state_dict_keys_.size(), " state_dicts, name one of: ", listed(state_dict_keys_));
    }
    key = state_dict_keys_[0].c_str();
  }
  return state_dict_from_value(*value_at(*document_.root, key), limits_);
}

}  // namespace weightport
