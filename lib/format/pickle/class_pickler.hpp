// SPDX-License-Identifier: MIT
// Classes and functions named in a pickle that is written: the only way for a name of the tree to become a GLOBAL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/hash.hpp"
#include "format/pickle/emitter.hpp"
#include "value/node.hpp"

namespace weightport {

class ClassPickler {
 public:
  explicit ClassPickler(Emitter &out) : out_(out) {}

  // `module_size` as in Extra. Throws UNSUPPORTED for what Python could not import, and for TorchScript's classes.
  void write(std::string_view class_name, uint32_t module_size = 0);
  void write(const Extra &extra) { write(extra.class_name, extra.module_size); }

 private:
  Emitter &out_;
  // "module\nOuter.Inner" of each nested class; their addresses are what the memo knows them by.
  std::unordered_set<std::string, StringHash, std::equal_to<>> nested_;
};

}  // namespace weightport
