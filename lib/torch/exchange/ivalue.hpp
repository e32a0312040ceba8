// SPDX-License-Identifier: MIT
// Trees of Python values and the values that TorchScript takes and gives.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/tensor.hpp"

namespace weightport::libtorch {

// A model's types bound the nesting of what it takes and gives, but for what is of type Any.
inline constexpr size_t kMaxNesting = 200;

using Arguments = std::vector<c10::IValue>;
using Keywords = std::unordered_map<std::string, c10::IValue>;

// Makes IValues of values; tensors that share a storage share it still.
class IValueMaker {
 public:
  // As `type` asks for: an int becomes a float where a float is wanted, and a list one of that type. Throws MISMATCH for a
  // value that does not fit, whose key is `path`; UNSUPPORTED for one that TorchScript has no counterpart of; LIMIT for deep
  // nesting.
  c10::IValue make(const wp_value *value, const c10::TypePtr &type, const std::string &path);
  // Of the type that the value has by itself, as a list of tensors is List[Tensor].
  c10::IValue make(const wp_value *value, const std::string &path);

 private:
  c10::IValue list(const wp_value *value, const c10::TypePtr &element, const std::string &path);
  c10::IValue tuple(const wp_value *value, const c10::TupleTypePtr &type, const std::string &path);
  c10::IValue dict(const wp_value *value, const c10::TypePtr &key_type, const c10::TypePtr &value_type,
                   const std::string &path);
  c10::IValue number(const wp_value *value, c10::TypeKind kind, const std::string &path);

  TensorImporter tensors_;
  size_t depth_ = 0;
};

// A tree of its own. Throws UNSUPPORTED for what is no value of Python's that a file could hold.
Value to_value(const c10::IValue &value);

}  // namespace weightport::libtorch
