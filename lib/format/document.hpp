// SPDX-License-Identifier: MIT
// What every format's reader makes of a file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/operation.hpp"
#include "base/ref.hpp"
#include "value/tree.hpp"
#include "weightport/checkpoint.h"

namespace weightport {

// A class or function that a pickle names.
struct Global {
  std::string name;  // "module.name"
  bool allowed;      // by PyTorch's weights-only list
};

// What is wrong with a file, and with which of its storages; null for another part. May throw the error to end the check.
using TakeFault = std::function<void(const Error &fault, const Storage *storage)>;

inline void throw_fault(const Error &fault, const Storage *) { throw fault; }

struct Document {
  wp_format format = WP_FORMAT_UNKNOWN;
  Ref<Tree> tree;  // of a TorchScript archive: with its ScriptFacts
  Node *root = nullptr;
  Node *metadata = nullptr;  // safetensors' __metadata__
  std::vector<Global> globals;
  std::vector<Ref<Storage>> storages;  // every storage of the file, once
  // Checks every checksum that the file has. Throws what has nothing to do with the file's content. Empty if the format has
  // no checksums.
  std::function<void(Operation &, const TakeFault &)> verify_checksums;
};

}  // namespace weightport
