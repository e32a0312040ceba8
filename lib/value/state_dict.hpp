// SPDX-License-Identifier: MIT
// An ordered map from name to tensor.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.hpp"
#include "base/ref.hpp"
#include "tensor/tensor.hpp"

namespace weightport {

class StateDict : public RefCounted {
 public:
  void reserve(size_t size);
  size_t size() const noexcept { return entries_.size(); }
  const std::string &name_at(size_t i) const noexcept { return entries_[i]->first; }
  const Ref<Tensor> &tensor_at(size_t i) const noexcept { return entries_[i]->second; }
  Tensor *find(std::string_view name) const noexcept;  // null if there is none

  void set(std::string_view name, Ref<Tensor> tensor);
  void remove(std::string_view name);                       // throws NOT_FOUND
  void rename(std::string_view from, std::string_view to);  // throws NOT_FOUND, MISMATCH
  void add_prefix(std::string_view prefix);
  void strip_prefix(std::string_view prefix);  // throws MISMATCH

 private:
  // Its elements stay where they are.
  using Map = std::unordered_map<std::string, Ref<Tensor>, StringHash, std::equal_to<>>;
  using Entry = Map::value_type;

  Map::iterator require(std::string_view name);
  void replace_names(std::vector<std::string> names);

  Map map_;
  std::vector<Entry *> entries_;  // in order
};

}  // namespace weightport
