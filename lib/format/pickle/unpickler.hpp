// SPDX-License-Identifier: MIT
// Runs a pickle's opcodes, protocols 0 to 5, and builds a tree of values. Nothing is imported or called: classes and
// functions are names, and what the known ones would return is computed here.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/operation.hpp"
#include "format/pickle/globals.hpp"
#include "io/reader.hpp"
#include "value/kind.hpp"
#include "value/tree.hpp"

namespace weightport {

// What stands behind a persistent id: a storage, for torch files.
class PersistentLoader {
 public:
  virtual ~PersistentLoader() = default;
  virtual Node *persistent_load(Tree &tree, Node &id) = 0;
};

// Reads one pickle from `reader` and leaves it behind the STOP opcode. `loader` may be null: then a persistent id is an
// error. Throws CORRUPT (the offset is that of the opcode), LIMIT, UNSUPPORTED, CANCELLED.
Node *unpickle(Reader &reader, Tree &tree, Globals &globals, PersistentLoader *loader, const Operation &operation);

}  // namespace weightport
