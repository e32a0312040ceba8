// SPDX-License-Identifier: MIT
// Tensors as calls of PyTorch's rebuild functions (torch/_tensor.py, Tensor._reduce_ex_internal).
#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "format/pickle/class_pickler.hpp"
#include "format/pickle/emitter.hpp"
#include "format/pickle/pickler.hpp"
#include "value/node.hpp"

namespace weightport {

class TensorPickler {
 public:
  TensorPickler(Emitter &out, ClassPickler &classes, StorageTable &storages, StorageIds ids)
      : out_(out), classes_(classes), storages_(storages), ids_(ids) {}

  // Null when the tensor is written. Otherwise its attributes, which are the last part of its call: the caller writes them, and
  // TUPLE and REDUCE behind them.
  const Node *write(const Node &node);

 private:
  Storage &storage_of(const Tensor &all);  // of a tensor that stands for a storage
  void write_tensor(const Tensor &tensor);
  void write_plain(const Tensor &tensor);
  void write_strided(const Tensor &tensor);
  void write_quantized(const Tensor &tensor);
  void write_sparse(const Tensor &tensor);
  void write_meta(const Tensor &tensor);
  void write_part(const Tensor &tensor, wp_tensor_part part);
  const Node *write_subclass(const Node &node);
  void begin_parameter_with_attributes(const Tensor &tensor);
  void write_array(const Node &node);
  // A typed storage is named by its dtype, an untyped one counts bytes.
  void write_storage(Storage &storage, wp_dtype dtype, bool typed);
  bool has_typed_storage(const Tensor &tensor);
  void write_view(const Tensor &tensor, bool typed);
  void write_sizes(Dims sizes);
  void write_metadata(const TensorExtra &extra);
  void call(std::string_view function) { out_.global("torch._utils", function); }
  void reduce() {
    out_.op(Opcode::kTuple);
    out_.op(Opcode::kReduce);
  }

  Emitter &out_;
  ClassPickler &classes_;
  StorageTable &storages_;
  StorageIds ids_;
  std::map<std::tuple<const Storage *, uint64_t, uint64_t>, Ref<Storage>> windows_;  // by storage, first byte and size
};

}  // namespace weightport
