// SPDX-License-Identifier: MIT
// An ordered map from name to tensor.
#pragma once

#include <memory>
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
  size_t size() const noexcept { return entries_.size(); }
  const std::string &name_at(size_t i) const noexcept { return entries_[i]->name; }
  const Ref<Tensor> &tensor_at(size_t i) const noexcept { return entries_[i]->tensor; }
  Tensor *find(std::string_view name) const noexcept;  // null if there is none

  void set(std::string_view name, Ref<Tensor> tensor);
  void remove(std::string_view name);                       // throws NOT_FOUND
  void rename(std::string_view from, std::string_view to);  // throws NOT_FOUND, MISMATCH
  void add_prefix(std::string_view prefix);
  void strip_prefix(std::string_view prefix);  // throws MISMATCH

 private:
  struct Entry {
    std::string name;
    Ref<Tensor> tensor;
  };
  // By views of the names, which stay where they are because each entry has memory of its own.
  using Index = std::unordered_map<std::string_view, Entry *, StringHash>;

  Index::iterator require(std::string_view name);
  void replace_names(std::vector<std::string> names);

  std::vector<std::unique_ptr<Entry>> entries_;
  Index index_;
};

}  // namespace weightport
