// SPDX-License-Identifier: MIT
// numpy arrays become tensors and numpy scalars plain values, where PyTorch has the dtype.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "format/pickle/arguments.hpp"
#include "format/pickle/call.hpp"
#include "format/pickle/numpy_dtype.hpp"
#include "tensor/convert.hpp"

namespace weightport {
namespace {

bool is_numpy_dtype(const Node &node) { return node.is(WP_KIND_DTYPE) && node.text.size; }
// numpy.ndarray, or a class of numpy's that extends it: memmap, matrix.
bool is_array_class(std::string_view class_name) { return class_name.starts_with("numpy."); }
bool is_raw(const Node &node) { return node.is(WP_KIND_BYTES) || node.is(WP_KIND_STRING); }

// numpy.dtype(name, align, copy)
Node *make_dtype(Call &call) {
  if (call.args.empty() || !call.args[0]->is(WP_KIND_STRING) || !call.args[0]->text.size) return nullptr;
  std::string_view name = call.args[0]->view();
  bool big = name.starts_with('>');
  if (big || name.starts_with('<') || name.starts_with('|') || name.starts_with('=')) name.remove_prefix(1);
  wp_dtype dtype = dtype_from_numpy(name);
  // Strings, structures and the like stay objects, which keep the state that BUILD brings.
  if (dtype == WP_DTYPE_UNDEFINED) return nullptr;
  Node *node = call.tree.dtype(dtype, name);
  node->flag = big;
  return node;
}

// A tensor over a copy of the array's bytes, or null where PyTorch lacks the dtype.
Ref<Tensor> array(Tree &tree, const Node &dtype, Dims shape, bool fortran, std::string_view raw) {
  if (!is_numpy_dtype(dtype) || shape.size() > Tensor::kMaxDims) return {};
  std::array<int64_t, Tensor::kMaxDims> strides{};
  if (fortran) {
    std::array<int64_t, Tensor::kMaxDims> reversed{};
    std::copy(shape.rbegin(), shape.rend(), reversed.begin());
    contiguous_strides({reversed.data(), shape.size()}, strides.data());
    std::reverse(strides.begin(), strides.begin() + static_cast<ptrdiff_t>(shape.size()));
  } else {
    contiguous_strides(shape, strides.data());
  }
  tree.charge(raw.size());
  Buffer bytes(raw.size());
  if (!raw.empty()) std::memcpy(bytes.data(), raw.data(), raw.size());
  if (dtype.flag == kLittleEndian) swap_units(bytes.span(), dtype_info(dtype.dtype)->unit);
  return make_ref<Tensor>(owned_storage(std::move(bytes)), dtype.dtype, shape, Dims{strides.data(), shape.size()}, 0);
}

bool is_numpy2(const Node &function) {
  return function.is(WP_KIND_OBJECT) && function.object->extra.class_name.starts_with("numpy._core.");
}

// numpy.core.multiarray._reconstruct(cls, (0,), b"b"): BUILD brings the rest.
Node *reconstruct(Call &call) {
  if (call.args.empty() || !call.args[0]->is(WP_KIND_OBJECT)) return nullptr;
  Node *array = call.tree.object(call.args[0]->object->extra);
  // An array of a dtype that PyTorch lacks stays an object, which is made again in the same way.
  Node *how[] = {&call.callee, call.tree.sequence(WP_KIND_TUPLE, call.args.data(), call.args.size())};
  array->object->creation = Creation::kCallObject;
  array->object->extra.args = call.tree.sequence(WP_KIND_TUPLE, how, 2);
  return array;
}

// array.transpose(axes), or null where these are no permutation.
Ref<Tensor> transposed(const Tensor &array, Dims axes) {
  std::array<int64_t, Tensor::kMaxDims> sizes{}, strides{};
  std::array<bool, Tensor::kMaxDims> used{};
  if (axes.size() != array.ndim()) return {};
  for (size_t i = 0; i < axes.size(); ++i) {
    auto axis = static_cast<size_t>(axes[i]);
    if (axes[i] < 0 || axis >= array.ndim() || std::exchange(used[axis], true)) return {};
    sizes[i] = array.shape()[axis];
    strides[i] = array.strides()[axis];
  }
  return make_ref<Tensor>(Ref<Storage>::share(array.storage()), array.dtype(), Dims{sizes.data(), axes.size()},
                          Dims{strides.data(), axes.size()}, array.storage_offset());
}

// numpy.core.numeric._frombuffer(buffer, dtype, shape, order[, axes]): axes of an array that is neither in C nor in Fortran
// order.
Node *from_buffer(Call &call) {
  Arguments args(call);
  if (args.size() < 4 || args.size() > 5 || !is_raw(args.any(0))) return nullptr;
  auto tensor = array(call.tree, args.any(1), args.sizes(2), args.any(3).is_string("F"), args.any(0).view());
  if (tensor && args.has(4)) {
    if (!args.any(3).is_string("K")) return nullptr;
    tensor = transposed(*tensor, args.sizes(4));
  }
  if (!tensor) return nullptr;
  Node *node = call.tree.array(std::move(tensor), "numpy.ndarray");
  node->flag = is_numpy2(call.callee);
  return node;
}

template <class Number>
Number converted(const Tensor &tensor, wp_dtype as) {
  Number number;
  read_elements(tensor, std::as_writable_bytes(std::span(&number, 1)), as);
  return number;
}

// numpy.core.multiarray.scalar(dtype, bytes)
Node *scalar(Call &call) {
  Arguments args(call);
  if (args.size() != 2 || !is_raw(args.any(1))) return nullptr;
  auto tensor = array(call.tree, args.any(0), {}, false, args.any(1).view());
  if (!tensor) return nullptr;
  switch (tensor->dtype()) {
    case WP_DTYPE_BOOL:
      return call.tree.boolean(converted<uint8_t>(*tensor, WP_DTYPE_BOOL) != 0);
    case WP_DTYPE_FLOAT16:
    case WP_DTYPE_BFLOAT16:
    case WP_DTYPE_FLOAT32:
    case WP_DTYPE_FLOAT64:
      return call.tree.real(converted<double>(*tensor, WP_DTYPE_FLOAT64));
    case WP_DTYPE_COMPLEX64:
    case WP_DTYPE_COMPLEX128: {
      auto parts = converted<std::array<double, 2>>(*tensor, WP_DTYPE_COMPLEX128);
      return call.tree.complex(parts[0], parts[1]);
    }
    case WP_DTYPE_UINT64: {
      auto value = converted<uint64_t>(*tensor, WP_DTYPE_UINT64);
      return value > INT64_MAX ? call.tree.big_integer(concat(value)) : call.tree.integer(static_cast<int64_t>(value));
    }
    default:
      return call.tree.integer(converted<int64_t>(*tensor, WP_DTYPE_INT64));
  }
}

constexpr KnownGlobal kNumpy[] = {
    {"numpy._core.multiarray._reconstruct", reconstruct},
    {"numpy._core.multiarray.scalar", scalar},
    {"numpy._core.numeric._frombuffer", from_buffer},
    {"numpy.core.multiarray._reconstruct", reconstruct},
    {"numpy.core.multiarray.scalar", scalar},
    {"numpy.core.numeric._frombuffer", from_buffer},
    {"numpy.dtype", make_dtype},
};

// (version, shape, dtype, is_fortran, raw bytes); the oldest pickles lack the version.
bool build_array(Tree &tree, Node &object, const Items &state) {
  if (state.size != 4 && state.size != 5) return false;
  Node *const *field = state.data + (state.size - 4);
  const Node &shape = *field[0], &fortran = *field[2], &raw = *field[3];
  bool plain = shape.is(WP_KIND_TUPLE) && shape.items.size <= Tensor::kMaxDims && is_raw(raw) &&
               (fortran.is(WP_KIND_BOOL) || fortran.is(WP_KIND_INT));
  if (!plain) return false;
  std::array<int64_t, Tensor::kMaxDims> sizes{};
  for (uint32_t i = 0; i < shape.items.size; ++i) {
    if (!shape.items.data[i]->is(WP_KIND_INT) || shape.items.data[i]->flag) return false;
    sizes[i] = shape.items.data[i]->integer;
  }
  bool is_fortran = fortran.is(WP_KIND_BOOL) ? fortran.flag : fortran.integer != 0;
  auto tensor = array(tree, *field[1], {sizes.data(), shape.items.size}, is_fortran, raw.view());
  if (!tensor) return false;
  // What made it, by reconstruct().
  const Node *args = object.object->extra.args;
  bool numpy2 = args && items_of(*args).size && is_numpy2(*items_of(*args).data[0]);
  tree.become_tensor(object, std::move(tensor), TensorRole::kArray);
  object.flag = numpy2;
  return true;
}

}  // namespace

std::span<const KnownGlobal> known_numpy_globals() { return kNumpy; }

bool build_numpy(Tree &tree, Node &object, Node &state) {
  if (!state.is(WP_KIND_TUPLE)) return false;
  if (is_numpy_dtype(object)) {
    // (version, byte order, ...)
    if (state.items.size > 1 && state.items.data[1]->is(WP_KIND_STRING)) object.flag = state.items.data[1]->is_string(">");
    return true;
  }
  bool instance = object.is(WP_KIND_OBJECT) && !object.object->is_global;
  return instance && is_array_class(object.object->extra.class_name) && build_array(tree, object, state.items);
}

}  // namespace weightport
