// SPDX-License-Identifier: MIT
#include "format/pickle/pickler.hpp"

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "format/pickle/class_pickler.hpp"
#include "format/pickle/emitter.hpp"
#include "format/pickle/numpy_dtype.hpp"
#include "format/pickle/tensor_pickler.hpp"
#include "value/depth.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

// As many as Python puts in one APPENDS or SETITEMS.
constexpr uint32_t kBatch = 1000;
// Python writes an int again wherever it stands. One of more digits is written once: a file that names it often must not grow.
constexpr size_t kShortInt = 40;

class Pickler final : public NodeWriter {
 public:
  Pickler(StorageTable &storages, StorageIds ids, const Limits &limits)
      : tensors_(out_, classes_, *this, storages, ids), limits_(limits) {}

  Buffer run(const Node &root) {
    write(root);
    return out_.take();
  }

  void write(const Node &node) override {
    if (++depth_ > limits_.max_depth && is_container(node))
      fail(WP_ERROR_LIMIT, "values are nested deeper than ", limits_.max_depth, " levels");
    if (!is_remembered(node) || !out_.recall(identity(node))) write_new(node);
    --depth_;
  }

 private:
  // Whether write_new() may memoize the node: nearly all are short strings and numbers, which need not be looked for.
  static bool is_remembered(const Node &node) {
    if (node.is(WP_KIND_INT)) return node.flag;
    return node.is(WP_KIND_STRING) ? node.text.size > Emitter::kShortString : node.kind > WP_KIND_STRING;
  }

  void write_new(const Node &node);
  void write_bytes(const Node &node);
  void write_set(const Node &node);
  void write_tuple(const Node &node);
  void write_dict(const Node &node);
  void write_object(const Node &node);
  void write_instance(const Node &node);
  void write_dtype(const Node &node);
  void write_device(const Node &node);

  void reduce(size_t args) {
    out_.tuple(args);
    out_.op(Opcode::kReduce);
  }
  void write_items(const Items &items);
  // For a tuple: the items, above a mark if there are more than three.
  void write_sequence(const Items &items) {
    if (items.size > 3) out_.op(Opcode::kMark);
    for (uint32_t i = 0; i < items.size; ++i) write(*items.data[i]);
  }
  void write_entries(const Dict &dict);
  void write_attributes(const Node *attributes) {
    if (!attributes) return;
    write(*attributes);
    out_.op(Opcode::kBuild);
  }

  Emitter out_;
  ClassPickler classes_{out_};
  TensorPickler tensors_;
  const Limits &limits_;
  uint32_t depth_ = 0;
};

void Pickler::write_new(const Node &node) {
  switch (node.kind) {
    case WP_KIND_NONE:
      return out_.op(Opcode::kNone);
    case WP_KIND_BOOL:
      return out_.boolean(node.flag);
    case WP_KIND_INT:
      if (!node.flag) return out_.integer(node.integer);
      out_.integer(node.view());
      if (node.view().size() > kShortInt) out_.memoize(&node);
      return;
    case WP_KIND_FLOAT:
      return out_.real(node.real);
    case WP_KIND_COMPLEX:
      out_.global("builtins", "complex");
      out_.real(node.complex.re);
      out_.real(node.complex.im);
      return reduce(2);
    case WP_KIND_STRING:
      out_.string(node.view());
      if (node.view().size() > Emitter::kShortString) out_.memoize(&node);
      return;
    case WP_KIND_BYTES:
      write_bytes(node);
      return out_.memoize(&node);
    case WP_KIND_LIST:
      out_.op(Opcode::kEmptyList);
      out_.memoize(&node);
      return write_items(node.items);
    case WP_KIND_TUPLE:
      return write_tuple(node);
    case WP_KIND_SET:
      write_set(node);
      return out_.memoize(&node);
    case WP_KIND_SIZE:
      out_.global("torch", "Size");
      write_sequence(node.items);
      out_.tuple(node.items.size);
      reduce(1);
      return out_.memoize(&node);
    case WP_KIND_DICT:
      return write_dict(node);
    case WP_KIND_TENSOR:
      tensors_.write(node);
      return out_.memoize(identity(node));
    case WP_KIND_DTYPE:
      return write_dtype(node);
    case WP_KIND_DEVICE:
      write_device(node);
      return out_.memoize(&node);
    default:
      return write_object(node);
  }
}

// Protocol 2 has no bytes: they are the characters U+0000 to U+00FF, encoded.
void Pickler::write_bytes(const Node &node) {
  std::string text;
  for (char byte : node.view()) append_utf8(text, static_cast<unsigned char>(byte));
  if (node.flag) {
    out_.global("builtins", "bytearray");
    if (text.empty()) return reduce(0);
  } else {
    out_.global("_codecs", "encode");
  }
  out_.string(text);
  out_.string(node.flag ? "latin-1" : "latin1");
  reduce(2);
}

void Pickler::write_items(const Items &items) {
  for (uint32_t at = 0; at < items.size; at += kBatch) {
    out_.op(Opcode::kMark);
    for (uint32_t i = at; i < items.size && i < at + kBatch; ++i) write(*items.data[i]);
    out_.op(Opcode::kAppends);
  }
}

void Pickler::write_entries(const Dict &dict) {
  for (uint32_t at = 0; at < dict.size; at += kBatch) {
    out_.op(Opcode::kMark);
    for (uint32_t i = at; i < dict.size && i < at + kBatch; ++i) {
      write(*dict.entries[i].key);
      write(*dict.entries[i].value);
    }
    out_.op(Opcode::kSetItems);
  }
}

void Pickler::write_set(const Node &node) {
  out_.global("builtins", node.flag ? "frozenset" : "set");
  out_.op(Opcode::kEmptyList);
  write_items(node.items);
  reduce(1);
}

void Pickler::write_tuple(const Node &node) {
  if (node.items.size == 0) return out_.tuple(0);
  write_sequence(node.items);
  if (!out_.remembers(&node)) {
    out_.tuple(node.items.size);
    return out_.memoize(&node);
  }
  // A tuple that contains itself, by way of a list, has been written meanwhile: its items are thrown away.
  if (node.items.size > 3) {
    out_.op(Opcode::kPopMark);
  } else {
    for (uint32_t i = 0; i < node.items.size; ++i) out_.op(Opcode::kPop);
  }
  out_.recall(&node);
}

void Pickler::write_dict(const Node &node) {
  const Dict &dict = *node.dict;
  if (dict.extra.class_name.empty()) {
    out_.op(Opcode::kEmptyDict);
  } else {
    classes_.write(dict.extra);
    const Items none{};
    const Items &args = dict.extra.args ? items_of(*dict.extra.args) : none;
    write_sequence(args);
    reduce(args.size);
  }
  out_.memoize(&node);
  write_entries(dict);
  write_attributes(dict.extra.attributes);
}

void Pickler::write_object(const Node &node) {
  const Object &object = *node.object;
  if (object.is_global) return classes_.write(object.extra);
  write_instance(node);
  out_.memoize(&node);
  write_items(object.items);
  if (object.dict) write_entries(*object.dict);
  if (object.setter.empty() || !object.extra.attributes) return write_attributes(object.extra.attributes);
  classes_.write(object.setter, object.setter_module_size);
  write(node);
  write(*object.extra.attributes);
  reduce(2);
  out_.op(Opcode::kPop);
}

void Pickler::write_instance(const Node &node) {
  const Object &object = *node.object;
  const Items none{};
  const Items &args = object.extra.args ? items_of(*object.extra.args) : none;
  switch (object.creation) {
    case Creation::kCallObject:
      if (args.size != 2) fail(WP_ERROR_UNSUPPORTED, "an object that another object made lacks its arguments");
      write(*args.data[0]);
      write(*args.data[1]);
      return out_.op(Opcode::kReduce);
    case Creation::kNewEx:
      if (args.size == 0) fail(WP_ERROR_UNSUPPORTED, "an object that was made with keyword arguments lacks them");
      out_.global("copyreg", "__newobj_ex__");
      classes_.write(object.extra);
      write_sequence({args.data, args.size - 1, 0});
      out_.tuple(args.size - 1);
      write(*args.data[args.size - 1]);
      return reduce(3);
    case Creation::kBase:
      out_.global("copyreg", "_reconstructor");
      classes_.write(object.extra);
      out_.global("builtins", object.extra.args ? "tuple" : "object");
      if (object.extra.args) {
        write(*object.extra.args);
      } else {
        out_.op(Opcode::kNone);
      }
      return reduce(3);
    default:
      classes_.write(object.extra);
      write_sequence(args);
      out_.tuple(args.size);
      return out_.op(object.creation == Creation::kNew ? Opcode::kNewObj : Opcode::kReduce);
  }
}

void Pickler::write_dtype(const Node &node) {
  if (!node.text.size) return out_.global("torch", dtype_info(node.dtype)->name);
  write_numpy_dtype(out_, node.dtype, node.flag);
  out_.memoize(&node);
}

// torch.device(type) or torch.device(type, index)
void Pickler::write_device(const Node &node) {
  out_.global("torch", "device");
  std::string_view name = node.view();
  size_t colon = name.find(':');
  out_.string(name.substr(0, colon));
  if (colon == name.npos) return reduce(1);
  out_.integer(name.substr(colon + 1));
  reduce(2);
}

}  // namespace

Buffer pickle(const Node &root, StorageTable &storages, StorageIds ids, const Limits &limits) {
  return Pickler(storages, ids, limits).run(root);
}

}  // namespace weightport
