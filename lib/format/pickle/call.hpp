// SPDX-License-Identifier: MIT
// What calling a class or function would return. Known ones are computed; all others become objects that keep their
// arguments.
#pragma once

#include <span>
#include <string_view>

#include "base/limits.hpp"
#include "format/pickle/globals.hpp"
#include "value/tree.hpp"

namespace weightport {

struct Call {
  Tree &tree;
  Globals &globals;
  const Limits &limits;
  Node &callee;  // a class or function named as a value
  std::span<Node *const> args;
  Creation creation = Creation::kCall;
  bool nested = false;  // by another known function: see call_from()
};

// Null means: the arguments are not what this function knows; keep the call as an object.
using Handler = Node *(*)(Call &call);

struct KnownGlobal {
  std::string_view name;  // "module.name"
  Handler handler;
};

// What each family of functions knows.
std::span<const KnownGlobal> known_python_globals();
std::span<const KnownGlobal> known_torch_globals();
std::span<const KnownGlobal> known_numpy_globals();
std::span<const KnownGlobal> known_torchscript_globals();

// For Object::handler: a number for a name, 0 if it is not known.
uint32_t handler_of(std::string_view name);

// callee(*args): REDUCE, INST, OBJ; or callee.__new__(callee, *args): NEWOBJ, NEWOBJ_EX.
Node *call(Tree &tree, Globals &globals, const Limits &limits, Node &callee, Node &args, Creation creation);
// What a known function calls that was given another one. Once only, or calls would nest as deep as the file likes.
Node *call_from(const Call &outer, Node &callee, Node &args, Creation creation);
// object.__setstate__(state), or its default: BUILD.
void build(Tree &tree, Node &object, Node &state);

// Special cases of build().
bool build_numpy(Tree &tree, Node &object, Node &state);
bool build_tensor(Tree &tree, Node &object, Node &state);

}  // namespace weightport
