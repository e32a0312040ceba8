// SPDX-License-Identifier: MIT
#include "value/state_dict.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace weightport {

Tensor *StateDict::find(std::string_view name) const noexcept {
  auto found = index_.find(name);
  return found == index_.end() ? nullptr : found->second->tensor.get();
}

StateDict::Index::iterator StateDict::require(std::string_view name) {
  auto found = index_.find(name);
  if (found == index_.end()) {
    throw Error(WP_ERROR_NOT_FOUND, "the state_dict has no such name").with_key(name);
  }
  return found;
}

void StateDict::set(std::string_view name, Ref<Tensor> tensor) {
  if (auto found = index_.find(name); found != index_.end()) {
    found->second->tensor = std::move(tensor);
    return;
  }
  auto entry = std::make_unique<Entry>(Entry{std::string(name), std::move(tensor)});
  Entry *address = entry.get();
  entries_.push_back(std::move(entry));
  try {
    index_.emplace(address->name, address);
  } catch (...) {
    entries_.pop_back();
    throw;
  }
}

void StateDict::remove(std::string_view name) {
  auto found = require(name);
  Entry *entry = found->second;
  index_.erase(found);
  entries_.erase(std::find_if(entries_.begin(), entries_.end(), [&](const auto &e) { return e.get() == entry; }));
}

void StateDict::rename(std::string_view from, std::string_view to) {
  auto found = require(from);
  if (from == to) return;
  if (index_.contains(to)) throw Error(WP_ERROR_MISMATCH, "the state_dict has the new name already").with_key(to);
  std::string name(to);
  auto handle = index_.extract(found);
  Entry *entry = handle.mapped();
  entry->name = std::move(name);
  handle.key() = entry->name;
  index_.insert(std::move(handle));
}

void StateDict::add_prefix(std::string_view prefix) {
  std::vector<std::string> names;
  names.reserve(size());
  for (const auto &entry : entries_) names.push_back(concat(prefix, entry->name));
  replace_names(std::move(names));
}

void StateDict::strip_prefix(std::string_view prefix) {
  std::vector<std::string> names;
  names.reserve(size());
  for (const auto &entry : entries_) {
    names.push_back(entry->name.starts_with(prefix) ? entry->name.substr(prefix.size()) : entry->name);
  }
  replace_names(std::move(names));
}

// All or nothing.
void StateDict::replace_names(std::vector<std::string> names) {
  std::vector<std::unique_ptr<Entry>> entries;
  Index index;
  entries.reserve(names.size());
  index.reserve(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    entries.push_back(std::make_unique<Entry>(Entry{std::move(names[i]), entries_[i]->tensor}));
    Entry *entry = entries.back().get();
    if (!index.emplace(entry->name, entry).second) {
      throw Error(WP_ERROR_MISMATCH, "two names of the state_dict would become one").with_key(entry->name);
    }
  }
  entries_ = std::move(entries);
  index_ = std::move(index);
}

}  // namespace weightport
