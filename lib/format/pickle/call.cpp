// SPDX-License-Identifier: MIT
#include "format/pickle/call.hpp"

#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

class KnownGlobals {
 public:
  KnownGlobals() {
    for (auto family : {known_python_globals(), known_torch_globals(), known_numpy_globals(), known_torchscript_globals()}) {
      for (const KnownGlobal &known : family) {
        handlers_.push_back(known.handler);
        numbers_.emplace(known.name, static_cast<uint32_t>(handlers_.size()));
      }
    }
  }

  uint32_t number(std::string_view name) const {
    auto found = numbers_.find(name);
    return found == numbers_.end() ? 0 : found->second;
  }
  Handler handler(uint32_t number) const { return number ? handlers_[number - 1] : nullptr; }

 private:
  std::vector<Handler> handlers_;
  std::unordered_map<std::string_view, uint32_t, StringHash> numbers_;
};

const KnownGlobals &known_globals() {
  static const KnownGlobals globals;
  return globals;
}

// The state stays as it was pickled: a dict, a pair of a dict and a dict of slots, or whatever the class makes of it.
void set_attributes(Tree &tree, Node &object, Node &state) {
  Extra &extra = tree.extra(object);
  if (extra.attributes && extra.attributes != &state && extra.attributes->is(WP_KIND_DICT) && state.is(WP_KIND_DICT)) {
    // The state may be the dict of another node: a copy of it is changed, never the dict itself.
    Node *merged = tree.dict();
    for (const Node *from : {static_cast<const Node *>(extra.attributes), static_cast<const Node *>(&state)}) {
      for (uint32_t i = 0; i < from->dict->size; ++i)
        tree.set(*merged, from->dict->entries[i].key, from->dict->entries[i].value);
    }
    extra.attributes = merged;
    return;
  }
  extra.attributes = &state;
}

// TorchScript calls the class of an enum with the value itself.
bool is_script_class(const Node &node) {
  return node.is(WP_KIND_OBJECT) && node.object->is_global && node.object->extra.class_name.starts_with("__torch__.");
}

// An object is called, functools.partial say, or is a class that was pickled by value: it becomes the first argument.
void keep_call_of_object(Tree &tree, Object &made, Node &callee, Node &args) {
  Node *parts[] = {&callee, &args, nullptr};
  size_t size = 2;
  if (made.creation == Creation::kNewEx) {
    // As protocols before 4 spell it, which have no opcode.
    made.extra.class_name = "copyreg.__newobj_ex__";
    made.extra.module_size = 0;
    made.creation = Creation::kCall;
    parts[1] = tree.sequence(WP_KIND_TUPLE, args.items.data, args.items.size - 1);
    parts[size++] = args.items.data[args.items.size - 1];
  } else {
    made.creation = made.creation == Creation::kNew ? Creation::kNewOfObject : Creation::kCallObject;
  }
  made.extra.args = tree.sequence(WP_KIND_TUPLE, parts, size);
}

Node *call_known_or_keep(Tree &tree, Globals &globals, const Limits &limits, Node &callee, Node &arguments, Creation creation,
                         bool nested) {
  Node *value = &arguments;
  bool bare = !value->is(WP_KIND_TUPLE) && is_script_class(callee);
  Node &args = bare ? *tree.sequence(WP_KIND_TUPLE, &value, 1) : arguments;
  if (!args.is(WP_KIND_TUPLE)) fail(WP_ERROR_CORRUPT, "the arguments of a call are a ", kind_name(args.kind), ", not a tuple");
  if (!callee.is(WP_KIND_OBJECT)) fail(WP_ERROR_CORRUPT, a_kind(callee.kind), " is called");
  const Object &named = *callee.object;
  if (named.is_global && named.handler) {
    Call request{tree, globals, limits, callee, {args.items.data, args.items.size}, creation, nested};
    if (Node *result = known_globals().handler(named.handler)(request)) return result;
  }
  Node *object = tree.object(named.extra);
  object->object->creation = creation;
  if (!named.is_global) {
    keep_call_of_object(tree, *object->object, callee, args);
  } else if (args.items.size) {
    object->object->extra.args = &args;
  }
  return object;
}

}  // namespace

uint32_t handler_of(std::string_view name) { return known_globals().number(name); }

Node *call(Tree &tree, Globals &globals, const Limits &limits, Node &callee, Node &args, Creation creation) {
  return call_known_or_keep(tree, globals, limits, callee, args, creation, false);
}

Node *call_from(const Call &outer, Node &callee, Node &args, Creation creation) {
  if (outer.nested) fail(WP_ERROR_CORRUPT, "calls of ", outer.callee.object->extra.class_name, " are nested");
  return call_known_or_keep(outer.tree, outer.globals, outer.limits, callee, args, creation, true);
}

void build(Tree &tree, Node &object, Node &state) {
  if (build_numpy(tree, object, state) || build_tensor(tree, object, state)) return;
  bool holds_attributes =
      object.is(WP_KIND_DICT) || object.is(WP_KIND_TENSOR) || (object.is(WP_KIND_OBJECT) && !object.object->is_global);
  if (!holds_attributes) fail(WP_ERROR_CORRUPT, a_kind(object.kind), " is given attributes");
  set_attributes(tree, object, state);
}

}  // namespace weightport
