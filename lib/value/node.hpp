// SPDX-License-Identifier: MIT
// A node of the tree of Python values. Nodes live in the arena of their Tree and are plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tensor/tensor.hpp"
#include "weightport/value.h"

namespace weightport {

class Tree;
struct Node;

// What an object has, and a dict, list or tensor of a class of its own.
struct Extra {
  std::string_view class_name;  // "module.Class"; ends in a NUL
  uint32_t module_size = 0;     // of "module" in the class name, which may be "module.Outer.Inner"; 0 = up to the last dot
  Node *args = nullptr;
  Node *attributes = nullptr;

  void set_class(const Extra &other) noexcept {
    class_name = other.class_name;
    module_size = other.module_size;
  }
};

struct Items {
  Node **data;
  uint32_t size;
  uint32_t capacity;
};

struct DictEntry {
  Node *key;
  Node *value;
};

struct DictSlot {
  uint32_t number;  // of an entry, plus one; 0 is a free slot
  uint32_t hash;    // the low bits of its key's hash
};

struct Dict {
  DictEntry *entries = nullptr;
  uint32_t size = 0;
  uint32_t capacity = 0;
  DictSlot *index = nullptr;  // open addressing; null while there are few entries
  uint32_t index_mask = 0;
  Extra extra;
};

// How Python is to make an object again.
enum class Creation : uint8_t {
  kCall,         // class(*args), or a function's result
  kNew,          // class.__new__(class, *args)
  kNewEx,        // class.__new__(class, *args, **keywords): the keywords are the last argument
  kCallObject,   // args[0](*args[1]): what is called is an object itself, or a function that makes this class
  kNewOfObject,  // args[0].__new__(args[0], *args[1]): the class is an object itself, as cloudpickle makes them
  kBase,         // base.__new__(class, args) of the base tuple, or object.__new__(class) where there are no args
};

struct Object {
  Extra extra;
  Creation creation = Creation::kCall;
  Items items{};                    // of a class that extends list or set
  Dict *dict = nullptr;             // of a class that extends dict
  uint32_t handler = 0;             // of a class or function named as a value: what calling it means to the unpickler
  bool is_global = false;           // the class or function itself, not an instance
  std::string_view setter{};        // "module.function" that Python calls with the object and its attributes; mostly none
  uint32_t setter_module_size = 0;  // as Extra::module_size
};

struct Text {
  const char *data;  // ends in a NUL that the size does not count
  uint64_t size;
};

struct ComplexNumber {
  double re, im;
};

struct TensorValue {
  Tensor *pointer;  // the tree holds the reference
  Extra *extra;     // or null
};

// What a tensor stands for. How it was made says so, and never its class: a file calls its classes what it likes.
enum class TensorRole : uint8_t {
  kTensor,
  kArray,    // a numpy array, which has all its bytes
  kStorage,  // a storage by itself: of one dimension over all of it, or over a window
};

struct Node {
  Tree *tree;
  uint8_t kind;  // wp_kind
  // bool: its value; int: text instead of a number; set: frozen; bytes: bytearray; dtype: big-endian; tuple, size: part of a
  // dict's key, and not to be changed any more; array: of numpy 2, whose functions are in numpy._core
  bool flag = false;
  TensorRole role = TensorRole::kTensor;
  int32_t dtype = 0;  // dtype: the wp_dtype; other kinds of text: its hash as a key, 0 if it was not needed yet
  union {
    int64_t integer;
    double real;
    Text text{};  // string, bytes, large int, device, numpy dtype
    ComplexNumber complex;
    Items items;  // list, tuple, set, size
    Dict *dict;
    Object *object;
    TensorValue tensor;
  };

  std::string_view view() const noexcept { return {text.data, static_cast<size_t>(text.size)}; }
  bool is(wp_kind k) const noexcept { return kind == k; }
  bool is_string(std::string_view s) const noexcept { return kind == WP_KIND_STRING && view() == s; }
};

// What a value is the same as, where it is equal to nothing else: nodes may share a tensor.
inline const void *identity(const Node &node) noexcept {
  if (node.is(WP_KIND_TENSOR) && !node.tensor.extra) return node.tensor.pointer;
  return &node;
}

// Items of any sequence, entries of any dict, and class facts of any node; empty or null where there are none.
const Items &items_of(const Node &node) noexcept;
Dict *dict_of(const Node &node) noexcept;
const Extra *extra_of(const Node &node) noexcept;

// The number of children that an index reaches: items, then dict entries.
uint32_t child_count(const Node &node) noexcept;
// Null if there is none; only entries have a key.
Node *child_at(const Node &node, size_t index) noexcept;
Node *key_at(const Node &node, size_t index) noexcept;

Node *find(const Node &node, std::string_view key) noexcept;
Node *find_int(const Node &node, int64_t key) noexcept;

}  // namespace weightport
