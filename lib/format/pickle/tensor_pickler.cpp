// SPDX-License-Identifier: MIT
#include "format/pickle/tensor_pickler.hpp"

#include <algorithm>
#include <string>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "format/pickle/numpy_dtype.hpp"
#include "tensor/convert.hpp"

namespace weightport {
namespace {

// Column by column, where a contiguous tensor has row by row.
bool is_in_fortran_order(const Tensor &tensor) {
  int64_t stride = 1;
  for (size_t i = 0; i < tensor.ndim(); ++i) {
    if (tensor.shape()[i] != 1 && tensor.strides()[i] != stride) return false;
    stride *= tensor.shape()[i];
  }
  return true;
}

}  // namespace

const Node *TensorPickler::write(const Node &node) {
  const Extra *extra = node.tensor.extra;
  if (node.role == TensorRole::kArray) {
    write_array(node);
  } else if (node.role == TensorRole::kStorage) {
    const Tensor &all = *node.tensor.pointer;
    bool typed = extra->class_name != "torch.storage.UntypedStorage";
    if (ids_ == StorageIds::kLegacy && !typed) fail(WP_ERROR_UNSUPPORTED, "torch legacy cannot hold an UntypedStorage");
    write_storage(storage_of(all), all.dtype(), typed);
  } else if (extra && (!extra->class_name.empty() || extra->attributes)) {
    return write_subclass(node);
  } else {
    write_tensor(*node.tensor.pointer);
  }
  return nullptr;
}

// A window of a storage, which only torch legacy has, becomes a storage of its own, as Python has it: however often it is
// named.
Storage &TensorPickler::storage_of(const Tensor &all) {
  if (!all.storage()) fail(WP_ERROR_UNSUPPORTED, "a storage on the meta device cannot be saved");
  if (all.nbytes() == all.storage()->nbytes()) return *all.storage();
  uint64_t offset = static_cast<uint64_t>(all.storage_offset()) * itemsize(all.dtype());
  auto &window = windows_[{all.storage(), offset, all.nbytes()}];
  if (!window) {
    window = window_storage(Ref<Storage>::share(all.storage()), offset, all.nbytes());
    window->set_unit(dtype_info(all.dtype())->unit);
  }
  return *window;
}

void TensorPickler::write_tensor(const Tensor &tensor) {
  if (!tensor.is_parameter()) return write_plain(tensor);
  call("_rebuild_parameter");
  out_.op(Opcode::kMark);
  write_plain(tensor);
  out_.boolean(tensor.requires_grad());
  out_.empty_ordered_dict();
  reduce();
}

void TensorPickler::write_plain(const Tensor &tensor) {
  if (tensor.layout() != WP_LAYOUT_STRIDED) return write_sparse(tensor);
  if (!tensor.storage()) return write_meta(tensor);
  if (tensor.extra() && tensor.extra()->qscheme != WP_QSCHEME_NONE) return write_quantized(tensor);
  write_strided(tensor);
}

// PyTorch has a typed storage for the older dtypes, and passes the newer ones as an argument. A storage keeps the type that
// the file names first, so that tensors of another dtype over it pass theirs too.
bool TensorPickler::has_typed_storage(const Tensor &tensor) {
  if (!dtype_info(tensor.dtype())->storage) return false;
  if (ids_ == StorageIds::kLegacy) return true;
  uint32_t number = storages_.number(*tensor.storage(), tensor.dtype());
  return storages_.storages()[number].dtype == tensor.dtype();
}

// The first arguments of each: storage, storage_offset, size, stride.
void TensorPickler::write_view(const Tensor &tensor, bool typed) {
  write_storage(*tensor.storage(), tensor.dtype(), typed);
  out_.integer(tensor.storage_offset());
  write_sizes(tensor.shape());
  write_sizes(tensor.strides());
}

void TensorPickler::write_strided(const Tensor &tensor) {
  bool typed = has_typed_storage(tensor);
  call(typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
  out_.op(Opcode::kMark);
  write_view(tensor, typed);
  out_.boolean(tensor.requires_grad() && !tensor.is_parameter());
  out_.empty_ordered_dict();
  if (!typed) out_.global("torch", dtype_info(tensor.dtype())->name);
  if (tensor.extra() && (tensor.extra()->conj || tensor.extra()->neg)) write_metadata(*tensor.extra());
  reduce();
}

void TensorPickler::write_metadata(const TensorExtra &extra) {
  out_.op(Opcode::kEmptyDict);
  out_.op(Opcode::kMark);
  if (extra.conj) {
    out_.string("conj");
    out_.boolean(true);
  }
  if (extra.neg) {
    out_.string("neg");
    out_.boolean(true);
  }
  out_.op(Opcode::kSetItems);
}

void TensorPickler::write_quantized(const Tensor &tensor) {
  const TensorExtra &extra = *tensor.extra();
  call("_rebuild_qtensor");
  out_.op(Opcode::kMark);
  write_view(tensor, dtype_info(tensor.dtype())->storage != nullptr);
  out_.op(Opcode::kMark);
  out_.global("torch", qscheme_name(extra.qscheme));
  if (extra.parts[WP_PART_SCALES]) {
    write_part(tensor, WP_PART_SCALES);
    write_part(tensor, WP_PART_ZERO_POINTS);
    out_.integer(extra.axis);
  } else {
    out_.real(extra.scale);
    out_.integer(extra.zero_point);
  }
  out_.op(Opcode::kTuple);
  out_.boolean(tensor.requires_grad() && !tensor.is_parameter());
  out_.empty_ordered_dict();
  reduce();
}

void TensorPickler::write_part(const Tensor &tensor, wp_tensor_part part) {
  const Tensor *values = tensor.extra()->parts[static_cast<size_t>(part)].get();
  if (!values) fail(WP_ERROR_INTERNAL, "a sparse or quantized tensor lacks a part");
  if (out_.recall(values)) return;
  write_tensor(*values);
  out_.memoize(values);
}

void TensorPickler::write_sparse(const Tensor &tensor) {
  bool coo = tensor.layout() == WP_LAYOUT_SPARSE_COO;
  call("_rebuild_sparse_tensor");
  out_.global("torch.serialization", "_get_layout");
  out_.string(concat("torch.", layout_name(tensor.layout())));
  out_.tuple(1);
  out_.op(Opcode::kReduce);
  out_.op(Opcode::kMark);
  write_part(tensor, coo ? WP_PART_INDICES : WP_PART_COMPRESSED_INDICES);
  if (!coo) write_part(tensor, WP_PART_PLAIN_INDICES);
  write_part(tensor, WP_PART_VALUES);
  out_.global("torch", "Size");
  write_sizes(tensor.shape());
  out_.tuple(1);
  out_.op(Opcode::kReduce);
  // Files of three values are read by every version, which then takes the tensor for uncoalesced.
  if (coo && tensor.extra()->coalesced) out_.boolean(true);
  out_.op(Opcode::kTuple);
  out_.tuple(2);
  out_.op(Opcode::kReduce);
}

void TensorPickler::write_meta(const Tensor &tensor) {
  if (is_wrapper(tensor)) fail(WP_ERROR_UNSUPPORTED, "a tensor that wraps others cannot be saved without what it was made of");
  call("_rebuild_meta_tensor_no_storage");
  out_.op(Opcode::kMark);
  out_.global("torch", dtype_info(tensor.dtype())->name);
  write_sizes(tensor.shape());
  write_sizes(tensor.strides());
  out_.boolean(tensor.requires_grad());
  reduce();
}

// _rebuild_from_type_v2(function, type, args, state): a subclass of Tensor, or a tensor with attributes of its own.
const Node *TensorPickler::write_subclass(const Node &node) {
  const Tensor &tensor = *node.tensor.pointer;
  const Extra &extra = *node.tensor.extra;
  bool plain = extra.class_name.empty();
  if (tensor.is_parameter() && plain) {
    begin_parameter_with_attributes(tensor);
    return extra.attributes;
  }
  if (tensor.extra() || !tensor.storage() || tensor.layout() != WP_LAYOUT_STRIDED) {
    fail(WP_ERROR_UNSUPPORTED, "a sparse, quantized or meta tensor with a class or attributes of its own cannot be saved");
  }
  bool typed = has_typed_storage(tensor);
  out_.global("torch._tensor", "_rebuild_from_type_v2");
  out_.op(Opcode::kMark);
  call(typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
  if (plain) {
    out_.global("torch", "Tensor");
  } else {
    classes_.write(extra);
  }
  out_.op(Opcode::kMark);
  write_view(tensor, typed);
  out_.boolean(tensor.requires_grad());
  out_.empty_ordered_dict();
  if (!typed) out_.global("torch", dtype_info(tensor.dtype())->name);
  out_.op(Opcode::kTuple);
  if (extra.attributes) return extra.attributes;
  out_.op(Opcode::kEmptyDict);
  reduce();
  return nullptr;
}

// Not torch._utils._rebuild_parameter_with_state, which PyTorch 1 lacks.
void TensorPickler::begin_parameter_with_attributes(const Tensor &tensor) {
  out_.global("torch._tensor", "_rebuild_from_type_v2");
  out_.op(Opcode::kMark);
  call("_rebuild_parameter");
  out_.global("torch.nn.parameter", "Parameter");
  write_plain(tensor);
  out_.boolean(tensor.requires_grad());
  out_.empty_ordered_dict();
  out_.tuple(3);
}

void TensorPickler::write_sizes(Dims sizes) {
  if (sizes.size() > 3) out_.op(Opcode::kMark);
  for (int64_t size : sizes) out_.integer(size);
  out_.tuple(sizes.size());
}

void TensorPickler::write_storage(Storage &storage, wp_dtype dtype, bool typed) {
  if (ids_ == StorageIds::kNone) fail(WP_ERROR_INTERNAL, "a tensor where none is expected");
  const DtypeInfo &info = *dtype_info(dtype);
  if (ids_ == StorageIds::kLegacy && !typed) fail(WP_ERROR_UNSUPPORTED, "torch legacy cannot hold a ", info.name, " tensor");
  uint32_t number = storages_.number(storage, dtype);
  if (wp_dtype first = storages_.storages()[number].dtype; ids_ == StorageIds::kLegacy && first != dtype) {
    fail(WP_ERROR_UNSUPPORTED, "torch legacy cannot hold tensors of two dtypes, ", dtype_info(first)->name, " and ", info.name,
         ", that share a storage");
  }
  out_.op(Opcode::kMark);
  out_.string("storage");
  if (typed) {
    out_.global("torch", info.storage);
  } else {
    out_.global("torch.storage", "UntypedStorage");
  }
  out_.passing_string(concat(number));
  out_.string(storage.device());
  out_.integer(static_cast<int64_t>(storage.nbytes() / (typed ? info.itemsize : 1)));
  if (ids_ == StorageIds::kLegacy) out_.op(Opcode::kNone);
  out_.op(Opcode::kTuple);
  out_.op(Opcode::kBinPersId);
}

// numpy.core.multiarray._reconstruct, or numpy._core's, of (class, (0,), b"b"), and the state (version, shape, dtype,
// is_fortran, bytes).
void TensorPickler::write_array(const Node &node) {
  const Tensor &tensor = *node.tensor.pointer;
  bool fortran = !tensor.is_contiguous() && tensor.nbytes() == tensor.storage()->nbytes() && is_in_fortran_order(tensor);
  Buffer bytes(tensor.nbytes());
  if (fortran) {
    std::copy_n(tensor.storage()->data(), bytes.size(), bytes.data());
  } else {
    read_elements(tensor, bytes.span(), tensor.dtype());
  }
  if (!kLittleEndian) swap_units(bytes.span(), dtype_info(tensor.dtype())->unit);
  std::string text;
  for (std::byte byte : bytes.span()) append_utf8(text, std::to_integer<uint32_t>(byte));
  auto encoded = [&](std::string_view latin1) {
    out_.global("_codecs", "encode");
    out_.string(latin1);
    out_.string("latin1");
    out_.tuple(2);
    out_.op(Opcode::kReduce);
  };
  out_.global(node.flag ? "numpy._core.multiarray" : "numpy.core.multiarray", "_reconstruct");
  classes_.write(*node.tensor.extra);
  out_.integer(int64_t{0});
  out_.tuple(1);
  encoded("b");
  out_.tuple(3);
  out_.op(Opcode::kReduce);
  out_.op(Opcode::kMark);
  out_.integer(int64_t{1});
  write_sizes(tensor.shape());
  write_numpy_dtype(out_, tensor.dtype(), false);
  out_.boolean(fortran);
  encoded(text);
  out_.op(Opcode::kTuple);
  out_.op(Opcode::kBuild);
}

}  // namespace weightport
