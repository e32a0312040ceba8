// SPDX-License-Identifier: MIT
#include "checkpoint/checkpoint.hpp"

#include <utility>

#include "base/error.hpp"
#include "value/copy.hpp"
#include "value/create.hpp"
#include "value/describe.hpp"
#include "value/edit.hpp"
#include "value/find_state_dicts.hpp"
#include "value/kind.hpp"
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

// What keeps a root that holds tensors from being a state_dict; "" if that is not why.
std::string what_is_in_the_way(const Node &root) {
  const Dict *dict = dict_of(root);
  bool tensors = false;
  const DictEntry *other = nullptr;
  for (uint32_t i = 0; dict && i < dict->size; ++i) {
    const DictEntry &entry = dict->entries[i];
    bool named = entry.key->is(WP_KIND_STRING), tensor = entry.value->is(WP_KIND_TENSOR);
    tensors |= named && tensor;
    if (!other && !(named && (tensor || is_extra_state(entry.key->view())))) other = &entry;
  }
  if (!tensors || !other) return "";
  std::string key = other->key->is(WP_KIND_STRING) ? concat("\"", printable(other->key->view()), "\"") : describe(*other->key);
  return concat(": the root has tensors, but ", key, " is ", a_kind(other->value->kind));
}

Document new_document() {
  Document document;
  document.tree = make_ref<Tree>();
  document.root = document.tree->dict();
  return document;
}

// Safetensors holds nothing but a state_dict, be it empty.
std::vector<std::string> state_dicts_in(const Document &document, const Limits &limits) {
  bool flat = document.format == WP_FORMAT_SAFETENSORS || document.format == WP_FORMAT_SAFETENSORS_INDEX;
  if (flat && document.root->is(WP_KIND_DICT) && child_count(*document.root) == 0) return {""};
  return find_state_dicts(*document.root, limits);
}

}  // namespace

Checkpoint::Checkpoint(Document document, const Limits &limits) : document_(std::move(document)), limits_(limits) {}

Checkpoint::Checkpoint() : Checkpoint(new_document(), Limits()) {}

const std::vector<std::string> &Checkpoint::state_dict_keys() const {
  std::lock_guard lock(keys_mutex_);
  if (uint64_t edit = document_.tree->edits(); edit != keys_edit_) {
    state_dict_keys_.clear();
    keys_failure_.reset();
    try {
      state_dict_keys_ = state_dicts_in(document_, limits_);
    } catch (const Error &e) {
      keys_failure_ = e;
    }
    keys_edit_ = edit;
  }
  if (keys_failure_) throw *keys_failure_;
  return state_dict_keys_;
}

Ref<StateDict> Checkpoint::state_dict(const char *key) const {
  if (!key) {
    const auto &keys = state_dict_keys();
    if (keys.empty()) {
      fail(WP_ERROR_NOT_FOUND, "the checkpoint holds no state_dict", what_is_in_the_way(*document_.root));
    }
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
