// SPDX-License-Identifier: MIT
// What a TorchScript archive's code says about its classes, and its values do not.
#pragma once

#include <string_view>

#include "base/ref.hpp"

namespace weightport {

// Classes are named "module.Class", as the objects of the tree name them.
class ScriptFacts : public RefCounted {
 public:
  virtual bool is_module(std::string_view class_name) const = 0;
  virtual bool is_parameter(std::string_view class_name, std::string_view attribute) const = 0;
  virtual bool is_buffer(std::string_view class_name, std::string_view attribute) const = 0;
};

}  // namespace weightport
