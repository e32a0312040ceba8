// SPDX-License-Identifier: MIT
// Python's own types: those that pickles build by a call.
#include <string>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "format/pickle/call.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

std::string_view class_of(const Call &call) { return call.callee.object->extra.class_name; }

bool is_sequence(const Node &node) {
  return node.is(WP_KIND_LIST) || node.is(WP_KIND_TUPLE) || node.is(WP_KIND_SET) || node.is(WP_KIND_SIZE);
}

// Fills a dict from a dict or a list of pairs, as dict(x) does. False if `from` is neither.
bool fill_dict(Tree &tree, Node &dict, const Node &from) {
  if (from.is(WP_KIND_DICT)) {
    for (uint32_t i = 0; i < from.dict->size; ++i) tree.set(dict, from.dict->entries[i].key, from.dict->entries[i].value);
    return true;
  }
  if (!is_sequence(from)) return false;
  for (uint32_t i = 0; i < from.items.size; ++i) {
    const Node &pair = *from.items.data[i];
    if (!is_sequence(pair) || pair.items.size != 2) return false;
    // A pair that replaces another takes no memory, but time: the list may be given to many calls.
    tree.charge(sizeof(DictEntry));
    tree.set(dict, pair.items.data[0], pair.items.data[1]);
  }
  return true;
}

Node *make_dict(Call &call) {
  if (call.args.size() > 1) return nullptr;
  Node *dict = call.tree.dict(class_of(call) == "builtins.dict" ? std::string_view("", 0) : class_of(call));
  if (call.args.size() == 1 && !fill_dict(call.tree, *dict, *call.args[0])) return nullptr;
  return dict;
}

// collections.defaultdict(factory): the factory stays as an argument.
Node *make_default_dict(Call &call) {
  if (call.args.size() > 2) return nullptr;
  Node *dict = call.tree.dict(class_of(call));
  if (call.args.size() == 2 && !fill_dict(call.tree, *dict, *call.args[1])) return nullptr;
  if (!call.args.empty()) dict->dict->extra.args = call.tree.sequence(WP_KIND_TUPLE, call.args.data(), 1);
  return dict;
}

template <wp_kind kind, bool frozen = false>
Node *make_sequence(Call &call) {
  if (call.args.size() > 1 || (call.args.size() == 1 && !is_sequence(*call.args[0]))) return nullptr;
  Node *node = call.args.empty() ? call.tree.sequence(kind)
                                 : call.tree.sequence(kind, call.args[0]->items.data, call.args[0]->items.size);
  node->flag = frozen;
  return node;
}

// The bytes that codecs.encode(text, "latin1") gives: how protocols 0 to 2 spell bytes. Throws CORRUPT where Python does.
bool latin1_bytes(const Node &text, const Node &encoding, std::string &out) {
  bool latin1 = encoding.is_string("latin1") || encoding.is_string("latin-1") || encoding.is_string("iso-8859-1");
  if (!text.is(WP_KIND_STRING) || !latin1) return false;
  if (!utf8_to_latin1(text.view(), out)) fail(WP_ERROR_CORRUPT, "a string that is to become bytes is not latin1");
  return true;
}

Node *codecs_encode(Call &call) {
  std::string bytes;
  if (call.args.size() != 2 || !latin1_bytes(*call.args[0], *call.args[1], bytes)) return nullptr;
  return call.tree.bytes(bytes);
}

template <bool mutable_bytes>
Node *make_bytes(Call &call) {
  Node *node = nullptr;
  std::string bytes;
  if (call.args.empty()) {
    node = call.tree.bytes("");
  } else if (call.args.size() == 1 && call.args[0]->is(WP_KIND_BYTES)) {
    node = call.tree.bytes(call.args[0]->view());
  } else if (call.args.size() == 2 && latin1_bytes(*call.args[0], *call.args[1], bytes)) {
    node = call.tree.bytes(bytes);
  }
  if (node) node->flag = mutable_bytes;
  return node;
}

Node *make_complex(Call &call) {
  auto is_real = [](const Node &node) { return node.is(WP_KIND_FLOAT) || (node.is(WP_KIND_INT) && !node.flag); };
  auto real = [](const Node &node) { return node.is(WP_KIND_FLOAT) ? node.real : static_cast<double>(node.integer); };
  if (call.args.size() != 2 || !is_real(*call.args[0]) || !is_real(*call.args[1])) return nullptr;
  return call.tree.complex(real(*call.args[0]), real(*call.args[1]));
}

// copyreg._reconstructor(cls, base, state): how protocols 0 and 1 make an object.
Node *reconstructor(Call &call) {
  auto is_class = [](const Node &node) { return node.is(WP_KIND_OBJECT) && node.object->is_global; };
  if (call.args.size() != 3 || !is_class(*call.args[0]) || !is_class(*call.args[1])) return nullptr;
  const Node &state = *call.args[2];
  std::string_view base = call.args[1]->object->extra.class_name;
  Node *object = call.tree.object(call.args[0]->object->extra);
  if (state.is(WP_KIND_NONE) || state.is(WP_KIND_TUPLE)) {
    bool tuple = state.is(WP_KIND_TUPLE);
    if (base != (tuple ? "builtins.tuple" : "builtins.object")) return nullptr;
    object->object->creation = Creation::kBase;
    if (tuple) object->object->extra.args = call.args[2];
    return object;
  }
  object->object->creation = Creation::kNew;
  if (state.is(WP_KIND_DICT)) {
    fill_dict(call.tree, *object, state);
  } else if (state.is(WP_KIND_LIST) || state.is(WP_KIND_SET)) {
    for (uint32_t i = 0; i < state.items.size; ++i) call.tree.append(*object, state.items.data[i]);
  } else {
    object->object->extra.args = call.tree.sequence(WP_KIND_TUPLE, &call.args[2], 1);
  }
  return object;
}

// copyreg.__newobj__(cls, *args): NEWOBJ as a call.
Node *new_object(Call &request) {
  if (request.args.empty()) return nullptr;
  Node *args = request.tree.sequence(WP_KIND_TUPLE, request.args.data() + 1, request.args.size() - 1);
  Node &callee = *request.args[0];
  bool plain = callee.is(WP_KIND_OBJECT) && callee.object->is_global;
  return plain ? call_from(request, callee, *args, Creation::kNew) : nullptr;
}

// copyreg.__newobj_ex__(cls, args, keywords): NEWOBJ_EX as a call.
Node *new_object_ex(Call &request) {
  if (request.args.size() != 3 || !request.args[1]->is(WP_KIND_TUPLE)) return nullptr;
  Node &callee = *request.args[0];
  bool plain = callee.is(WP_KIND_OBJECT) && callee.object->is_global && !callee.object->handler;
  if (!plain) return nullptr;
  Node *args = request.tree.with_item(*request.args[1], request.args[2]);
  return call(request.tree, request.globals, request.limits, callee, *args, Creation::kNewEx);
}

// getattr(Outer, "Inner"): how protocols 0 to 3 name a class that is inside another.
Node *get_attribute(Call &call) {
  if (call.args.size() != 2 || !call.args[0]->is(WP_KIND_OBJECT) || !call.args[1]->is(WP_KIND_STRING)) return nullptr;
  const Object &outer = *call.args[0]->object;
  std::string_view inner = call.args[1]->view(), name = outer.extra.class_name;
  uint32_t module_size = outer.extra.module_size;
  if (!outer.is_global || !module_size || inner.empty() || name.size() + inner.size() > kMaxName) return nullptr;
  return call.globals.get(call.tree, name.substr(0, module_size), concat(name.substr(module_size + 1), ".", inner));
}

constexpr KnownGlobal kPython[] = {
    {"_codecs.encode", codecs_encode},
    {"builtins.bytearray", make_bytes<true>},
    {"builtins.bytes", make_bytes<false>},
    {"builtins.complex", make_complex},
    {"builtins.dict", make_dict},
    {"builtins.frozenset", make_sequence<WP_KIND_SET, true>},
    {"builtins.getattr", get_attribute},
    {"builtins.list", make_sequence<WP_KIND_LIST>},
    {"builtins.set", make_sequence<WP_KIND_SET>},
    {"builtins.tuple", make_sequence<WP_KIND_TUPLE>},
    {"collections.Counter", make_dict},
    {"collections.OrderedDict", make_dict},
    {"collections.defaultdict", make_default_dict},
    {"copyreg.__newobj__", new_object},
    {"copyreg.__newobj_ex__", new_object_ex},
    {"copyreg._reconstructor", reconstructor},
};

}  // namespace

std::span<const KnownGlobal> known_python_globals() { return kPython; }

}  // namespace weightport
