// SPDX-License-Identifier: MIT
// What is left to write of a value that has begun. Values wait in a list of these and not on the stack of the thread,
// since a file says how deep they are nested.
#pragma once

#include <cstdint>

#include "format/pickle/opcode.hpp"
#include "value/node.hpp"

namespace weightport {

struct Unwritten {
  enum class What : uint8_t {
    kNothing,
    kValue,    // `node`
    kValues,   // `items`, above a mark if there are more than three
    kItems,    // `items`, in batches for APPENDS
    kEntries,  // of `dict`, in batches for SETITEMS
    kTuple,    // of the last `size` values
    kReduce,   // a call with a tuple of them
    kOpcode,
    kEndTuple,  // of `node`
    kEndCall,   // that made `node`
    kState,     // of `node`
  };

  What what = What::kNothing;
  Opcode opcode{};
  uint32_t at = 0;     // how many of `size` have been written
  uint32_t size = 0;   // entries count twice: keys and values
  uint32_t depth = 0;  // of the value that this is a part of
  union {
    const Node *node = nullptr;
    Node *const *items;
    const Dict *dict;
  };

  static Unwritten value(const Node &node) { return part(What::kValue, 1, &node); }
  static Unwritten values(const Items &items) { return sequence(What::kValues, items.size, items); }
  static Unwritten values(const Items &items, uint32_t size) { return sequence(What::kValues, size, items); }
  static Unwritten all_items(const Items &items) { return sequence(What::kItems, items.size, items); }
  static Unwritten all_entries(const Dict *dict) {
    Unwritten rest;
    if (!dict) return rest;
    rest.what = What::kEntries;
    rest.size = 2 * dict->size;
    rest.dict = dict;
    return rest;
  }
  static Unwritten tuple(uint32_t size) { return part(What::kTuple, size); }
  static Unwritten reduce(uint32_t size) { return part(What::kReduce, size); }
  static Unwritten op(Opcode opcode) {
    Unwritten rest = part(What::kOpcode, 0);
    rest.opcode = opcode;
    return rest;
  }
  static Unwritten end_tuple(const Node &node) { return part(What::kEndTuple, 0, &node); }
  static Unwritten end_call(const Node &node) { return part(What::kEndCall, 0, &node); }
  static Unwritten state(const Node &node) { return part(What::kState, 0, &node); }

  const Node &child(uint32_t i) const {
    if (what != What::kEntries) return *items[i];
    const DictEntry &entry = dict->entries[i / 2];
    return i % 2 ? *entry.value : *entry.key;
  }

 private:
  static Unwritten part(What what, uint32_t size, const Node *node = nullptr) {
    Unwritten rest;
    rest.what = what;
    rest.size = size;
    rest.node = node;
    return rest;
  }
  static Unwritten sequence(What what, uint32_t size, const Items &items) {
    Unwritten rest = part(what, size);
    rest.items = items.data;
    return rest;
  }
};

}  // namespace weightport
