// SPDX-License-Identifier: MIT
// What every format's reader makes of a file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

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

struct Document {
  wp_format format = WP_FORMAT_UNKNOWN;
  Ref<Tree> tree;  // of a TorchScript archive: with its ScriptFacts
  Node *root = nullptr;
  Node *metadata = nullptr;  // safetensors' __metadata__
  std::vector<Global> globals;
  std::vector<Ref<Storage>> storages;  // every storage of the file, once
  // Checks every checksum that the file has. Throws CORRUPT. Empty if the format has none.
  std::function<void(Operation &)> verify_checksums;
};

}  // namespace weightport
