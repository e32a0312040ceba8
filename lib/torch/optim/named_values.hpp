// SPDX-License-Identifier: MIT
// A dict of string keys as Python keeps the attributes of a scheduler and the entries of a parameter group: in order, with
// values of any kind. Each value is a tree of its own, so that one that is replaced is freed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/read_value.hpp"

namespace weightport::libtorch {

class NamedValues {
 public:
  using Entry = std::pair<std::string, Value>;

  NamedValues() = default;
  // A copy of a dict. Throws MISMATCH, whose key begins with `path`.
  explicit NamedValues(const Value &dict, const std::string &path);
  static NamedValues from_json(std::string_view json);

  // Null if there is none.
  const Value *find(std::string_view name) const noexcept;
  // Replaces the value in its place, or appends it.
  void set(std::string_view name, Value value);
  void set_default(std::string_view name, const Value &value);
  void erase(std::string_view name);

  // Each throws MISMATCH for a value of another kind, or if there is none; the key is the name.
  const Value &at(const std::string &name) const;
  bool flag(const std::string &name) const { return read_bool(at(name), name); }
  // A float that is a whole number is one too.
  int64_t integer(const std::string &name) const { return read_count(at(name), name); }
  double real(const std::string &name) const { return read_real(at(name), name); }
  std::string text(const std::string &name) const { return read_text(at(name), name); }
  std::vector<double> reals(const std::string &name) const;

  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }
  Value to_dict() const;

 private:
  std::vector<Entry> entries_;
};

Value list_of(const std::vector<double> &numbers);

}  // namespace weightport::libtorch
