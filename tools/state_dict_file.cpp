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

wp_value *StateDictFile::versions() {
  wp_value *root = wp_checkpoint_root(checkpoint());
  if (wp_value *there = wp_value_find(wp_value_attributes(root), kVersions.data(), kVersions.size())) return there;
  wp_value *attributes, *empty;
  check(wp_value_create_dict(&attributes));
  ValueHandle owner(attributes);
  check(wp_value_create_ordered_dict(&empty));
  ValueHandle other(empty);
  check(wp_value_set(attributes, kVersions.data(), kVersions.size(), empty));
  check(wp_value_set_attributes(root, attributes));
  return versions();
}

void StateDictFile::add_versions(const Input &input, const std::optional<std::string> &key,
                                 const std::function<std::string(const std::string &)> &renamed) {
  const wp_value *attributes = wp_value_attributes(input.value(input.weights_key(key)));
  const wp_value *from = wp_value_find(attributes, kVersions.data(), kVersions.size());
  if (wp_value_kind(from) != WP_KIND_DICT) return;
  for (size_t i = 0; i < wp_value_size(from); ++i) {
    if (wp_value_kind(wp_value_key(from, i)) != WP_KIND_STRING) continue;
    std::string path(string_of(wp_value_key(from, i)));
    if (!path.empty()) path += '.';
    path = renamed(path);
    if (path.ends_with('.')) path.pop_back();
    check(wp_value_set(versions(), path.data(), path.size(), wp_value_item(from, i)));
  }
}

void StateDictFile::add_extra_states(const Input &input, const std::optional<std::string> &key,
                                     const std::function<std::optional<std::string>(const std::string &)> &renamed) {
  const wp_value *from = input.value(input.weights_key(key));
  if (wp_value_kind(from) != WP_KIND_DICT) return;
  for (size_t i = 0; i < wp_value_size(from); ++i) {
    const wp_value *name = wp_value_key(from, i), *item = wp_value_item(from, i);
    if (wp_value_kind(name) != WP_KIND_STRING || wp_value_kind(item) == WP_KIND_TENSOR) continue;
    if (!string_of(name).ends_with("_extra_state")) continue;
    if (auto made = renamed(std::string(string_of(name)))) {
      check(wp_value_set(wp_checkpoint_root(checkpoint()), made->data(), made->size(), item));
    }
  }
}
