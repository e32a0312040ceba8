// SPDX-License-Identifier: MIT
// What is left to write of a value that has begun. Values wait in a list of such steps and not on the stack of the thread,
// since a file says how deep they are nested.
#pragma once

#include <cstdint>

#include "format/pickle/opcode.hpp"
#include "value/node.hpp"

namespace weightport {

struct Step {
  enum class What : uint8_t {
    kNothing,
    kValue,    // `node`
    kValues,   // `items`, above a mark if there are more than three
    kItems,    // `items`, in batches for APPENDS
    kEntries,  // of `dict`, in batches for SETITEMS
    kTuple,    // of the last `size` values
    kReduce,   // a call with a tuple of them
    kOpcode,
    kMemoize,   // `address`
    kEndTuple,  // of `node`
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
    const void *address;
  };

  static Step value(const Node &node) { return part(What::kValue, 1, &node); }
  static Step values(const Items &items) { return sequence(What::kValues, items.size, items); }
  static Step values(const Items &items, uint32_t size) { return sequence(What::kValues, size, items); }
  static Step all_items(const Items &items) { return sequence(What::kItems, items.size, items); }
  static Step all_entries(const Dict *dict) {
    Step step;
    if (!dict) return step;
    step.what = What::kEntries;
    step.size = 2 * dict->size;
    step.dict = dict;
    return step;
  }
  static Step tuple(uint32_t size) { return part(What::kTuple, size); }
  static Step reduce(uint32_t size) { return part(What::kReduce, size); }
  static Step op(Opcode opcode) {
    Step step = part(What::kOpcode, 0);
    step.opcode = opcode;
    return step;
  }
  static Step memoize(const void *address) {
    Step step = part(What::kMemoize, 0);
    step.address = address;
    return step;
  }
  static Step end_tuple(const Node &node) { return part(What::kEndTuple, 0, &node); }
  static Step state(const Node &node) { return part(What::kState, 0, &node); }

  const Node &child(uint32_t i) const {
    if (what != What::kEntries) return *items[i];
    const DictEntry &entry = dict->entries[i / 2];
    return i % 2 ? *entry.value : *entry.key;
  }

 private:
  static Step part(What what, uint32_t size, const Node *node = nullptr) {
    Step step;
    step.what = what;
    step.size = size;
    step.node = node;
    return step;
  }
  static Step sequence(What what, uint32_t size, const Items &items) {
    Step step = part(what, size);
    step.items = items.data;
    return step;
  }
};

}  // namespace weightport
