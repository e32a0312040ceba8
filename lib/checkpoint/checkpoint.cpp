// SPDX-License-Identifier: MIT
#include "checkpoint/checkpoint.hpp"

#include <utility>

#include "base/error.hpp"
#include "value/copy.hpp"
#include "value/edit.hpp"
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

Document new_document() {
  Document document;
  document.tree = make_ref<Tree>();
  document.root = document.tree->dict();
  return document;
}

}  // namespace

Checkpoint::Checkpoint(Document document, const Limits &limits)
    : document_(std::move(document)),
      limits_(limits),
      keys_edit_(document_.tree->edits()),
      state_dict_keys_(find_state_dicts(*document_.root, limits)) {}

Checkpoint::Checkpoint() : Checkpoint(new_document(), Limits()) {}

const std::vector<std::string> &Checkpoint::state_dict_keys() const {
  std::lock_guard lock(keys_mutex_);
  if (uint64_t edit = document_.tree->edits(); edit != keys_edit_) {
    state_dict_keys_ = find_state_dicts(*document_.root, limits_);
    keys_edit_ = edit;
  }
  return state_dict_keys_;
}

Ref<StateDict> Checkpoint::state_dict(const char *key) const {
  if (!key) {
    const auto &keys = state_dict_keys();
    if (keys.empty()) fail(WP_ERROR_NOT_FOUND, "the checkpoint holds no state_dict");
    if (keys.size() > 1) {
      fail(WP_ERROR_MISMATCH, "the checkpoint holds ", keys.size(), " state_dicts, name one of: ", listed(keys));
    }
    key = keys[0].c_str();
  }
  return state_dict_from_value(*value_at(*document_.root, key), limits_);
}

void Checkpoint::set_root(const Node &value) {
  document_.tree->begin_edit();
  document_.root = copy_into(*document_.tree, value);
}

void Checkpoint::set(std::string_view key, const Node &value) { weightport::set(*document_.root, key, value); }

void Checkpoint::set_state_dict(const char *key, const StateDict &state_dict) {
  document_.tree->begin_edit();
  const Node &value = *new_state_dict(*document_.tree, state_dict);
  if (key) {
    set(key, value);
  } else {
    set_root(value);
  }
}

void Checkpoint::set_metadata(std::string_view key, const char *text) {
  document_.tree->begin_edit();
  if (text) {
    Node *value = new_string(*document_.tree, text);
    if (!document_.metadata) document_.metadata = document_.tree->dict();
    weightport::set(*document_.metadata, key, *value);
  } else if (document_.metadata && find(*document_.metadata, key)) {
    remove(*document_.metadata, key);
  }
}

}  // namespace weightport
