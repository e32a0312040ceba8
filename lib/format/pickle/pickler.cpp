// SPDX-License-Identifier: MIT
#include "format/pickle/pickler.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "format/pickle/class_pickler.hpp"
#include "format/pickle/emitter.hpp"
#include "format/pickle/layout.hpp"
#include "format/pickle/numpy_dtype.hpp"
#include "format/pickle/tensor_pickler.hpp"
#include "format/pickle/unwritten.hpp"
#include "value/depth.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

// As many as Python puts in one APPENDS or SETITEMS.
constexpr uint32_t kBatch = 1000;
// Python writes an int again wherever it stands. One of more digits is written once: a file that names it often must not grow.
constexpr size_t kShortInt = 40;
constexpr uint64_t kBetweenChecks = 65536;  // for a wish to stop, in values

class Pickler {
 public:
  Pickler(StorageTable &storages, StorageIds ids, const Operation &operation)
      : tensors_(out_, classes_, storages, ids), operation_(operation) {}

  Buffer run(const Node &root) {
    write(root);
    while (!unwritten_.empty()) advance();
    return out_.take();
  }

 private:
  // Writes a value, or begins to: the rest is in `unwritten_` then.
  void write(const Node &node) {
    if (++values_ % kBetweenChecks == 0) operation_.check_cancelled();
    uint32_t max_depth = operation_.limits().max_depth;
    if (++depth_ > max_depth && is_container(node)) {
      fail(WP_ERROR_LIMIT, "values are nested deeper than ", max_depth, " levels");
    }
    if (!is_remembered(node) || !out_.recall(identity(node))) write_new(node);
    --depth_;
  }

  // Whether write_new() may memoize the node: nearly all are short strings and numbers, which need not be looked for.
  static bool is_remembered(const Node &node) {
    if (node.is(WP_KIND_INT)) return node.flag;
    return node.is(WP_KIND_STRING) ? node.text.size > Emitter::kShortString : node.kind > WP_KIND_STRING;
  }

  // What is to come next, before all that was to come until now.
  void then(std::initializer_list<Unwritten> parts) {
    for (size_t i = parts.size(); i-- > 0;) {
      const Unwritten &rest = parts.begin()[i];
      if (rest.what == Unwritten::What::kNothing) continue;
      unwritten_.push_back(rest);
      unwritten_.back().depth = depth_;
    }
  }
  void advance();
  void advance_values();
  void advance_batches(uint32_t batch, Opcode end);
  // Writes the next child of the last of them. Whether all of it is written.
  bool write_child();

  void write_new(const Node &node);
  void write_bytes(const Node &node);
  void write_dict(const Node &node);
  void write_object(const Node &node);
  void write_instance(const Object &object);
  void write_dtype(const Node &node);
  void write_device(const Node &node);
  void write_state(const Node &node);
  void end_tuple(const Node &node);
  void end_call(const Node &node);
  void write_layout(const Node &node);
  void write_wrapper(const Node &node);

  void reduce(size_t args) {
    out_.tuple(args);
    out_.op(Opcode::kReduce);
  }

  Emitter out_;
  ClassPickler classes_{out_};
  TensorPickler tensors_;
  const Operation &operation_;
  std::vector<Unwritten> unwritten_;  // the next one is the last
  uint32_t depth_ = 0;                // of the value whose parts are written
  uint64_t values_ = 0;
};

void Pickler::advance() {
  const Unwritten rest = unwritten_.back();
  depth_ = rest.depth;
  switch (rest.what) {
    case Unwritten::What::kValues:
      return advance_values();
    case Unwritten::What::kItems:
      return advance_batches(kBatch, Opcode::kAppends);
    case Unwritten::What::kEntries:
      return advance_batches(2 * kBatch, Opcode::kSetItems);
    default:
      break;
  }
  unwritten_.pop_back();
  switch (rest.what) {
    case Unwritten::What::kValue:
      return write(*rest.node);
    case Unwritten::What::kTuple:
      return out_.tuple(rest.size);
    case Unwritten::What::kReduce:
      return reduce(rest.size);
    case Unwritten::What::kOpcode:
      return out_.op(rest.opcode);
    case Unwritten::What::kEndTuple:
      return end_tuple(*rest.node);
    case Unwritten::What::kEndCall:
      return end_call(*rest.node);
    default:
      return write_state(*rest.node);
  }
}

bool Pickler::write_child() {
  size_t known = unwritten_.size();
  Unwritten &rest = unwritten_.back();
  write(rest.child(rest.at++));
  return unwritten_.size() == known;
}

void Pickler::advance_values() {
  if (unwritten_.back().at == 0 && unwritten_.back().size > 3) out_.op(Opcode::kMark);
  while (unwritten_.back().at < unwritten_.back().size) {
    if (!write_child()) return;
  }
  unwritten_.pop_back();
}

void Pickler::advance_batches(uint32_t batch, Opcode end) {
  do {
    const Unwritten &rest = unwritten_.back();
    bool whole = rest.at == rest.size;
    if (rest.at && (whole || rest.at % batch == 0)) out_.op(end);
    if (whole) return unwritten_.pop_back();
    if (rest.at % batch == 0) out_.op(Opcode::kMark);
  } while (write_child());
}

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
      return then({Unwritten::all_items(node.items)});
    case WP_KIND_TUPLE:
      if (node.items.size == 0) return out_.tuple(0);
      return then({Unwritten::values(node.items), Unwritten::end_tuple(node)});
    case WP_KIND_SET:
      out_.global("builtins", node.flag ? "frozenset" : "set");
      out_.op(Opcode::kEmptyList);
      return then({Unwritten::all_items(node.items), Unwritten::reduce(1), Unwritten::end_call(node)});
    case WP_KIND_SIZE:
      out_.global("torch", "Size");
      return then(
          {Unwritten::values(node.items), Unwritten::tuple(node.items.size), Unwritten::reduce(1), Unwritten::end_call(node)});
    case WP_KIND_DICT:
      return write_dict(node);
    case WP_KIND_TENSOR:
      if (is_wrapper(*node.tensor.pointer) && node.tensor.extra && node.tensor.extra->args) return write_wrapper(node);
      if (const Node *attributes = tensors_.write(node)) {
        return then({Unwritten::value(*attributes), Unwritten::op(Opcode::kTuple), Unwritten::op(Opcode::kReduce),
                     Unwritten::end_call(node)});
      }
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

void Pickler::end_tuple(const Node &node) {
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

const Items &arguments_of(const Extra &extra) {
  static constexpr Items kNone{};
  return extra.args ? items_of(*extra.args) : kNone;
}

void Pickler::write_dict(const Node &node) {
  const Dict &dict = *node.dict;
  if (dict.extra.class_name.empty()) {
    out_.op(Opcode::kEmptyDict);
    out_.memoize(&node);
    return then({Unwritten::all_entries(&dict), Unwritten::state(node)});
  }
  classes_.write(dict.extra);
  const Items &args = arguments_of(dict.extra);
  then({Unwritten::values(args), Unwritten::reduce(args.size), Unwritten::end_call(node)});
}

void Pickler::write_object(const Node &node) {
  const Object &object = *node.object;
  if (object.is_global) return is_layout(object.extra.class_name) ? write_layout(node) : classes_.write(object.extra);
  then({Unwritten::end_call(node)});
  write_instance(object);
}

// What follows a call that made a dict, an object, a set or a tensor: what Python fills it with.
void Pickler::end_call(const Node &node) {
  // One that an argument of its own contains has been written meanwhile: what was made here is thrown away.
  if (out_.remembers(&node)) {
    out_.op(Opcode::kPop);
    out_.recall(&node);
    return;
  }
  out_.memoize(&node);
  if (node.is(WP_KIND_DICT)) return then({Unwritten::all_entries(node.dict), Unwritten::state(node)});
  if (!node.is(WP_KIND_OBJECT)) return;
  then({Unwritten::all_items(node.object->items), Unwritten::all_entries(node.object->dict), Unwritten::state(node)});
}

// The layout itself is not among the globals that torch.load(weights_only=True) allows.
void Pickler::write_layout(const Node &node) {
  out_.global("torch.serialization", "_get_layout");
  out_.string(node.object->extra.class_name);
  reduce(1);
  out_.memoize(&node);
}

// _rebuild_from_type_v2(function, type, args, state), with the arguments that the file had.
void Pickler::write_wrapper(const Node &node) {
  const Extra &extra = *node.tensor.extra;
  out_.global("torch._tensor", "_rebuild_from_type_v2");
  out_.op(Opcode::kMark);
  out_.global("torch._utils", "_rebuild_wrapper_subclass");
  classes_.write(extra);
  then({Unwritten::value(*extra.args),
        extra.attributes ? Unwritten::value(*extra.attributes) : Unwritten::op(Opcode::kEmptyDict),
        Unwritten::op(Opcode::kTuple), Unwritten::op(Opcode::kReduce), Unwritten::end_call(node)});
}

void Pickler::write_instance(const Object &object) {
  const Items &args = arguments_of(object.extra);
  switch (object.creation) {
    case Creation::kCallObject:
    case Creation::kNewOfObject:
      if (args.size != 2) fail(WP_ERROR_UNSUPPORTED, "an object that another object made lacks its arguments");
      return then({Unwritten::value(*args.data[0]), Unwritten::value(*args.data[1]),
                   Unwritten::op(object.creation == Creation::kCallObject ? Opcode::kReduce : Opcode::kNewObj)});
    case Creation::kNewEx:
      if (args.size == 0) fail(WP_ERROR_UNSUPPORTED, "an object that was made with keyword arguments lacks them");
      out_.global("copyreg", "__newobj_ex__");
      classes_.write(object.extra);
      return then({Unwritten::values(args, args.size - 1), Unwritten::tuple(args.size - 1),
                   Unwritten::value(*args.data[args.size - 1]), Unwritten::reduce(3)});
    case Creation::kBase:
      out_.global("copyreg", "_reconstructor");
      classes_.write(object.extra);
      out_.global("builtins", object.extra.args ? "tuple" : "object");
      if (object.extra.args) return then({Unwritten::value(*object.extra.args), Unwritten::reduce(3)});
      out_.op(Opcode::kNone);
      return reduce(3);
    default:
      classes_.write(object.extra);
      return then({Unwritten::values(args), Unwritten::tuple(args.size),
                   Unwritten::op(object.creation == Creation::kNew ? Opcode::kNewObj : Opcode::kReduce)});
  }
}

// Of a dict or an object: what BUILD or a function sets.
void Pickler::write_state(const Node &node) {
  const Node *attributes = extra_of(node)->attributes;
  if (!attributes) return;
  if (!node.is(WP_KIND_OBJECT) || node.object->setter.empty()) {
    return then({Unwritten::value(*attributes), Unwritten::op(Opcode::kBuild)});
  }
  classes_.write(node.object->setter, node.object->setter_module_size);
  then({Unwritten::value(node), Unwritten::value(*attributes), Unwritten::reduce(2), Unwritten::op(Opcode::kPop)});
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

Buffer pickle(const Node &root, StorageTable &storages, StorageIds ids, const Operation &operation) {
  return Pickler(storages, ids, operation).run(root);
}

}  // namespace weightport
