// SPDX-License-Identifier: MIT
#include "value/state_dict.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace weightport {

void StateDict::reserve(size_t size) {
  map_.reserve(size);
  entries_.reserve(size);
}

Tensor *StateDict::find(std::string_view name) const noexcept {
  auto found = map_.find(name);
  return found == map_.end() ? nullptr : found->second.get();
}

StateDict::Map::iterator StateDict::require(std::string_view name) {
  auto found = map_.find(name);
  if (found == map_.end()) {
    throw Error(WP_ERROR_NOT_FOUND, "the state_dict has no such name").with_key(name);
  }
  return found;
}

void StateDict::set(std::string_view name, Ref<Tensor> tensor) {
  auto [entry, added] = map_.try_emplace(std::string(name));
  if (added) {
    try {
      entries_.push_back(&*entry);
    } catch (...) {
      map_.erase(entry);
      throw;
    }
  }
  entry->second = std::move(tensor);
}

void StateDict::remove(std::string_view name) {
  auto found = require(name);
  entries_.erase(std::find(entries_.begin(), entries_.end(), &*found));
  map_.erase(found);
}

void StateDict::rename(std::string_view from, std::string_view to) {
  auto found = require(from);
  if (from == to) return;
  if (map_.contains(to)) throw Error(WP_ERROR_MISMATCH, "the state_dict has the new name already").with_key(to);
  std::string name(to);
  auto handle = map_.extract(found);
  handle.key() = std::move(name);
  map_.insert(std::move(handle));
}

void StateDict::add_prefix(std::string_view prefix) {
  std::vector<std::string> names;
  names.reserve(size());
  for (const auto &entry : entries_) names.push_back(concat(prefix, entry->first));
  replace_names(std::move(names));
}

void StateDict::strip_prefix(std::string_view prefix) {
  std::vector<std::string> names;
  names.reserve(size());
  for (const auto &entry : entries_) {
    names.push_back(entry->first.starts_with(prefix) ? entry->first.substr(prefix.size()) : entry->first);
  }
  replace_names(std::move(names));
}

// All or nothing.
void StateDict::replace_names(std::vector<std::string> names) {
  Map map;
  std::vector<Entry *> entries;
  map.reserve(names.size());
  entries.reserve(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    auto [entry, added] = map.try_emplace(std::move(names[i]), entries_[i]->second);
    if (!added) throw Error(WP_ERROR_MISMATCH, "two names of the state_dict would become one").with_key(entry->first);
    entries.push_back(&*entry);
  }
  map_ = std::move(map);
  entries_ = std::move(entries);
}

}  // namespace weightport
