// SPDX-License-Identifier: MIT
#include "state_dict_file.hpp"

#include <cstring>
#include <string_view>

#include "value_text.hpp"

namespace {

constexpr std::string_view kVersions = "_metadata";

CheckpointHandle new_checkpoint() {
  wp_checkpoint *checkpoint;
  check(wp_checkpoint_create(&checkpoint));
  return CheckpointHandle(checkpoint);
}

}  // namespace

StateDictHandle new_state_dict() {
  wp_state_dict *state_dict;
  check(wp_state_dict_create(&state_dict));
  return StateDictHandle(state_dict);
}

std::string name_at(const wp_state_dict *state_dict, size_t index) {
  size_t size;
  const char *name = wp_state_dict_name_at(state_dict, index, &size);
  if (std::memchr(name, 0, size)) throw Failure("a name that begins with \"" + std::string(name) + "\" holds a NUL");
  return {name, size};
}

StateDictFile::StateDictFile(const wp_state_dict *weights) : checkpoint_(new_checkpoint()) {
  check(wp_checkpoint_set_state_dict(checkpoint_.get(), nullptr, weights));
}

void StateDictFile::add_metadata(const Input &input) {
  const wp_value *texts = wp_checkpoint_metadata(input.checkpoint());
  const wp_value *own = wp_checkpoint_metadata(checkpoint());
  for (size_t i = 0; i < wp_value_size(texts); ++i) {
    std::string key(string_of(wp_value_key(texts, i))), text(string_of(wp_value_item(texts, i)));
    if (wp_value_find(own, key.data(), key.size())) continue;
    check(wp_checkpoint_set_metadata(checkpoint_.get(), key.c_str(), text.c_str()));
    own = wp_checkpoint_metadata(checkpoint());
  }
}

void StateDictFile::add_versions(const Input &input, const std::optional<std::string> &key) {
  const wp_value *attributes = wp_value_attributes(input.value(input.weights_key(key)));
  const wp_value *versions = wp_value_find(attributes, kVersions.data(), kVersions.size());
  if (wp_value_kind(versions) != WP_KIND_DICT) return;
  wp_value *only;
  check(wp_value_create_dict(&only));
  ValueHandle owner(only);
  check(wp_value_set(only, kVersions.data(), kVersions.size(), versions));
  check(wp_value_set_attributes(wp_checkpoint_root(checkpoint()), only));
}
