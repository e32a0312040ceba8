// SPDX-License-Identifier: MIT
// PyTorch's rebuild functions (torch/_utils.py) and the few classes that its pickles call.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "format/pickle/arguments.hpp"
#include "format/pickle/call.hpp"
#include "format/pickle/layout.hpp"
#include "tensor/convert.hpp"
#include "value/names.hpp"

namespace weightport {
namespace {

std::unique_ptr<TensorExtra> copy_extra(const Tensor &tensor) {
  return tensor.extra() ? std::make_unique<TensorExtra>(*tensor.extra()) : std::make_unique<TensorExtra>();
}

// A view of a storage, which stands in the tree as a tensor over all of it, or over a window of a larger one.
Ref<Tensor> view(const Tensor &storage, wp_dtype dtype, int64_t offset, Dims shape, Dims strides) {
  if (!storage.storage()) return make_ref<Tensor>(dtype, shape, strides, copy_extra(storage));
  auto start = checked_add(storage.storage_offset(), offset);
  if (offset < 0 || !start) fail(WP_ERROR_CORRUPT, "a tensor has the storage offset ", offset);
  storage.storage()->set_unit(dtype_info(dtype)->unit);
  return make_ref<Tensor>(Ref<Storage>::share(storage.storage()), dtype, shape, strides, *start);
}

// Arguments 0 to 3 of the rebuild functions: storage, storage_offset, size, stride.
Ref<Tensor> view(const Arguments &args, std::optional<wp_dtype> dtype = {}) {
  const Tensor &storage = args.tensor(0);
  return view(storage, dtype.value_or(storage.dtype()), args.integer(1), args.sizes(2), args.sizes(3));
}

// What torch._C._set_tensor_metadata() takes: {"conj": bool, "neg": bool}.
Ref<Tensor> with_metadata(Ref<Tensor> tensor, const Node &metadata) {
  auto bit = [&](std::string_view name) {
    const Node *value = find(metadata, name);
    return value && value->is(WP_KIND_BOOL) && value->flag;
  };
  bool conj = bit("conj"), neg = bit("neg");
  if (!conj && !neg) return tensor;
  auto extra = copy_extra(*tensor);
  extra->conj = conj;
  extra->neg = neg;
  return make_ref<Tensor>(*tensor, std::move(extra));
}

Node *rebuild_tensor(Call &call) { return call.tree.tensor(view(Arguments(call))); }

Node *rebuild_tensor_v2(Call &call) {
  Arguments args(call);
  Ref<Tensor> tensor = view(args);
  tensor->set_requires_grad(args.boolean(4));
  if (args.has(6)) tensor = with_metadata(std::move(tensor), args.any(6));
  return call.tree.tensor(std::move(tensor));
}

Node *rebuild_tensor_v3(Call &call) {
  Arguments args(call);
  Ref<Tensor> tensor = view(args, args.dtype(6));
  tensor->set_requires_grad(args.boolean(4));
  if (args.has(7)) tensor = with_metadata(std::move(tensor), args.any(7));
  return call.tree.tensor(std::move(tensor));
}

Node *parameter(Tree &tree, const Tensor &data, bool requires_grad) {
  auto tensor = make_ref<Tensor>(data, data.extra() ? copy_extra(data) : nullptr);
  tensor->set_is_parameter(true);
  tensor->set_requires_grad(requires_grad);
  return tree.tensor(std::move(tensor));
}

// Whether a tensor's place is taken by what only its class can make of it: a call that is kept, or a tensor that wraps others.
bool is_opaque(const Node &node) {
  if (node.is(WP_KIND_OBJECT)) return !node.object->is_global;
  return node.is(WP_KIND_TENSOR) && is_wrapper(*node.tensor.pointer);
}

Node *rebuild_parameter(Call &call) {
  Arguments args(call);
  if (is_opaque(args.any(0))) return nullptr;
  return parameter(call.tree, args.tensor(0), args.boolean(1));
}

Node *rebuild_parameter_with_state(Call &call) {
  Node *node = rebuild_parameter(call);
  if (node) build(call.tree, *node, Arguments(call).any(3));
  return node;
}

// Parameter(data, requires_grad=True). Without data it is filled in by BUILD.
Node *make_parameter(Call &call) {
  Arguments args(call);
  if (!args.has(0) || is_opaque(args.any(0))) return nullptr;
  return parameter(call.tree, args.tensor(0), args.size() < 2 || args.boolean(1));
}

Node *make_variable(Call &call) {
  Arguments args(call);
  return args.has(0) && args.any(0).is(WP_KIND_TENSOR) ? &args.any(0) : nullptr;
}

// A part of a tensor has no parts itself: a chain of them would be as deep as the file wants.
bool can_be_part(const Tensor &tensor) noexcept {
  return tensor.layout() == WP_LAYOUT_STRIDED && (!tensor.extra() || tensor.extra()->qscheme == WP_QSCHEME_NONE);
}

// Scales or zero points of the channels: a tensor, or a list of numbers in files before 1.3.
Ref<Tensor> channel_values(Tree &tree, const Arguments &args, const Node &values, wp_dtype dtype) {
  if (values.is(WP_KIND_TENSOR) && can_be_part(*values.tensor.pointer)) return Ref<Tensor>::share(values.tensor.pointer);
  if (!values.is(WP_KIND_LIST)) args.broken(4, "a tuple of quantizer parameters");
  auto size = static_cast<int64_t>(values.items.size);
  tree.charge(sizeof(Tensor) + sizeof(Storage) + values.items.size * itemsize(dtype));
  Ref<Tensor> tensor = zeros(dtype, Dims{&size, 1});
  for (uint32_t i = 0; i < values.items.size; ++i) {
    const Node &item = *values.items.data[i];
    bool integer = item.is(WP_KIND_INT) && !item.flag;
    if (!integer && !item.is(WP_KIND_FLOAT)) args.broken(4, "a tuple of quantizer parameters");
    if (dtype == WP_DTYPE_INT64) {
      if (!integer) args.broken(4, "a tuple of quantizer parameters");
      reinterpret_cast<int64_t *>(tensor->mutable_data())[i] = item.integer;
    } else if (double value = integer ? static_cast<double>(item.integer) : item.real; dtype == WP_DTYPE_FLOAT32) {
      reinterpret_cast<float *>(tensor->mutable_data())[i] = static_cast<float>(value);
    } else {
      reinterpret_cast<double *>(tensor->mutable_data())[i] = value;
    }
  }
  return tensor;
}

void per_tensor(const Arguments &args, const Items &quantizer, TensorExtra &extra) {
  const Node &scale = *quantizer.data[1], &zero_point = *quantizer.data[2];
  if (!scale.is(WP_KIND_FLOAT) || !zero_point.is(WP_KIND_INT) || zero_point.flag) {
    args.broken(4, "a tuple of quantizer parameters");
  }
  extra.scale = scale.real;
  extra.zero_point = zero_point.integer;
}

void per_channel(Tree &tree, const Arguments &args, const Items &quantizer, Dims shape, TensorExtra &extra) {
  const Node &axis = *quantizer.data[3];
  if (!axis.is(WP_KIND_INT) || axis.flag) args.broken(4, "a tuple of quantizer parameters");
  bool floats = extra.qscheme == WP_QSCHEME_PER_CHANNEL_AFFINE_FLOAT_QPARAMS;
  Ref<Tensor> scales = channel_values(tree, args, *quantizer.data[1], floats ? WP_DTYPE_FLOAT32 : WP_DTYPE_FLOAT64);
  Ref<Tensor> zero_points = channel_values(tree, args, *quantizer.data[2], floats ? WP_DTYPE_FLOAT32 : WP_DTYPE_INT64);
  if (axis.integer < 0 || static_cast<uint64_t>(axis.integer) >= shape.size() ||
      scales->numel() != shape[static_cast<size_t>(axis.integer)] || zero_points->numel() != scales->numel()) {
    fail(WP_ERROR_CORRUPT, "the scales or zero points of a quantized tensor do not fit its axis ", axis.integer);
  }
  extra.axis = axis.integer;
  extra.parts[WP_PART_SCALES] = std::move(scales);
  extra.parts[WP_PART_ZERO_POINTS] = std::move(zero_points);
}

// The name of a constant of torch; "" for anything else.
std::string_view torch_name(const Node &node) noexcept {
  std::string_view name = node.is(WP_KIND_OBJECT) ? node.object->extra.class_name : std::string_view();
  return name.starts_with("torch.") ? name.substr(6) : std::string_view();
}

Node *rebuild_qtensor(Call &call) {
  Arguments args(call);
  Ref<Tensor> plain = view(args);
  const Items &quantizer = args.tuple(4).items;
  auto extra = copy_extra(*plain);
  extra->qscheme = quantizer.size ? qscheme_from_name(torch_name(*quantizer.data[0])) : WP_QSCHEME_NONE;
  bool by_tensor = extra->qscheme == WP_QSCHEME_PER_TENSOR_AFFINE || extra->qscheme == WP_QSCHEME_PER_TENSOR_SYMMETRIC;
  if (extra->qscheme == WP_QSCHEME_NONE || quantizer.size != (by_tensor ? 3u : 4u)) {
    args.broken(4, "a tuple of quantizer parameters");
  }
  if (by_tensor) {
    per_tensor(args, quantizer, *extra);
  } else {
    per_channel(call.tree, args, quantizer, plain->shape(), *extra);
  }
  auto tensor = make_ref<Tensor>(*plain, std::move(extra));
  tensor->set_requires_grad(args.boolean(5));
  return call.tree.tensor(std::move(tensor));
}

// The arguments from `first` on are the parts: (indices, values), or (compressed indices, plain indices, values).
Ref<Tensor> sparse_tensor(wp_layout layout, const Arguments &args, size_t first, const std::vector<int64_t> &shape,
                          bool coalesced) {
  auto share = [&](size_t i) {
    if (!can_be_part(args.tensor(i))) args.broken(i, "a strided tensor");
    return Ref<Tensor>::share(&args.tensor(i));
  };
  bool coo = layout == WP_LAYOUT_SPARSE_COO;
  const Tensor &values = args.tensor(first + (coo ? 1 : 2));
  auto extra = std::make_unique<TensorExtra>();
  extra->layout = layout;
  extra->parts[coo ? WP_PART_INDICES : WP_PART_COMPRESSED_INDICES] = share(first);
  if (!coo) extra->parts[WP_PART_PLAIN_INDICES] = share(first + 1);
  extra->parts[WP_PART_VALUES] = share(first + (coo ? 1 : 2));
  extra->coalesced = coalesced;
  extra->device = values.device();
  std::vector<int64_t> no_strides(shape.size());
  return make_ref<Tensor>(values.dtype(), shape, no_strides, std::move(extra));
}

// TorchScript's: (number of the layout, size, requires_grad, parts..., hooks).
Node *rebuild_script_sparse_tensor(Call &call) {
  Arguments args(call);
  int64_t layout = args.integer(0);
  if (layout != WP_LAYOUT_SPARSE_COO && layout != WP_LAYOUT_SPARSE_CSR) args.broken(0, "the number of a sparse layout");
  auto tensor = sparse_tensor(static_cast<wp_layout>(layout), args, 3, args.sizes(1), false);
  tensor->set_requires_grad(args.boolean(2));
  return call.tree.tensor(std::move(tensor));
}

// (layout, (parts..., size[, is_coalesced]))
Node *rebuild_sparse_tensor(Call &call) {
  Arguments args(call);
  if (args.any(0).is(WP_KIND_INT)) return rebuild_script_sparse_tensor(call);
  wp_layout layout = layout_from_name(torch_name(args.any(0)));
  if (layout == WP_LAYOUT_STRIDED) args.broken(0, "a sparse layout");
  const Items &items = args.tuple(1).items;
  Call inner{call.tree, call.globals, call.limits, call.callee, {items.data, items.size}};
  Arguments data(inner);
  bool coo = layout == WP_LAYOUT_SPARSE_COO;
  bool coalesced = coo && data.has(3) && data.boolean(3);
  return call.tree.tensor(sparse_tensor(layout, data, 0, data.sizes(coo ? 2 : 3), coalesced));
}

// A tensor that has no bytes.
Ref<Tensor> without_bytes(wp_dtype dtype, Dims shape, Dims strides, bool requires_grad, bool wrapper) {
  auto extra = std::make_unique<TensorExtra>();
  extra->device = "meta";
  extra->wrapper = wrapper;
  auto tensor = make_ref<Tensor>(dtype, shape, strides, std::move(extra));
  tensor->set_requires_grad(requires_grad);
  return tensor;
}

Node *rebuild_meta_tensor(Call &call) {
  Arguments args(call);
  return call.tree.tensor(without_bytes(args.dtype(0), args.sizes(1), args.sizes(2), args.boolean(3), false));
}

// (cls, dtype, size, stride, storage_offset, layout, device, requires_grad), all of which it takes to make the tensor again.
Node *rebuild_wrapper_subclass(Call &call) {
  Arguments args(call);
  const Node &type = args.any(0);
  if (!type.is(WP_KIND_OBJECT) || !type.object->is_global) return nullptr;
  Node *node = call.tree.tensor(without_bytes(args.dtype(1), args.sizes(2), args.sizes(3), args.boolean(7), true));
  Extra &extra = call.tree.extra(*node);
  extra.set_class(type.object->extra);
  extra.args = call.tree.sequence(WP_KIND_TUPLE, call.args.data(), call.args.size());
  return node;
}

// (data, dtype, device, requires_grad): data is a numpy array, which lacks some dtypes, or a CPU tensor. It stays on the CPU.
Node *rebuild_device_tensor(Call &call) {
  Arguments args(call);
  const Tensor &data = args.tensor(0);
  wp_dtype dtype = args.dtype(1);
  Ref<Tensor> tensor;
  if (data.dtype() == dtype) {
    tensor = make_ref<Tensor>(data, data.extra() ? copy_extra(data) : nullptr);
  } else if (args.any(0).role == TensorRole::kArray) {
    call.tree.charge(static_cast<uint64_t>(data.numel()) * itemsize(dtype));
    tensor = contiguous_copy(data, dtype);
  } else {
    return nullptr;
  }
  tensor->set_requires_grad(args.boolean(3));
  return call.tree.tensor(std::move(tensor));
}

bool is_empty_dict(const Node &node) { return node.is(WP_KIND_DICT) && !node.dict->size; }

// _rebuild_from_type_v2(func, type, args, state) and its elder without a "_v2". What is not a tensor of a class that has a
// name stays a call, with all that its class makes of it.
Node *rebuild_from_type(Call &request) {
  Arguments args(request);
  Node &function = args.any(0), &type = args.any(1);
  auto is_named = [](const Node &node) { return node.is(WP_KIND_OBJECT) && node.object->is_global; };
  if (!is_named(function) || !is_named(type)) return nullptr;
  Node *node = call_from(request, function, args.tuple(2), Creation::kCall);
  if (!node->is(WP_KIND_TENSOR) || node->role != TensorRole::kTensor) return nullptr;
  std::string_view class_name = type.object->extra.class_name;
  if (class_name == "torch.nn.parameter.Parameter") {
    node->tensor.pointer->set_is_parameter(true);
  } else if (class_name != "torch.Tensor") {
    request.tree.extra(*node).set_class(type.object->extra);
  }
  // An empty dict sets nothing; whatever else a class calls its state.
  if (!is_empty_dict(args.any(3))) request.tree.extra(*node).attributes = &args.any(3);
  return node;
}

Node *make_size(Call &call) {
  Arguments args(call);
  if (args.size() != 1) return nullptr;
  const Items &items = args.tuple(0).items;
  bool ints =
      std::all_of(items.data, items.data + items.size, [](const Node *item) { return item->is(WP_KIND_INT) && !item->flag; });
  if (!ints) args.broken(0, "a tuple of ints");
  return call.tree.sequence(WP_KIND_SIZE, items.data, items.size);
}

Node *make_device(Call &call) {
  Arguments args(call);
  std::string name(args.device(0));
  if (args.size() > 1) append(name, concat(":", args.integer(1)));
  if (!is_device(name)) fail(WP_ERROR_CORRUPT, "\"", printable(name), "\" is not the name of a device");
  return call.tree.device(name);
}

// The layout's name stands for the layout, as a class's name does for a class. Only layouts have such names: any other would be
// a class or function that the file uses without its being among the globals.
Node *get_layout(Call &call) {
  Arguments args(call);
  if (!args.any(0).is(WP_KIND_STRING)) args.broken(0, "a string");
  if (!is_layout(args.any(0).view())) fail(WP_ERROR_CORRUPT, "\"", printable(args.any(0).view()), "\" is not a layout");
  Node *node = call.tree.object(call.tree.copy(args.any(0).view()));
  node->object->is_global = true;
  return node;
}

constexpr KnownGlobal kTorch[] = {
    {"torch.Size", make_size},
    {"torch._tensor._rebuild_from_type", rebuild_from_type},
    {"torch._tensor._rebuild_from_type_v2", rebuild_from_type},
    {"torch._utils._rebuild_device_tensor_from_cpu_tensor", rebuild_device_tensor},
    {"torch._utils._rebuild_device_tensor_from_numpy", rebuild_device_tensor},
    {"torch._utils._rebuild_meta_tensor_no_storage", rebuild_meta_tensor},
    {"torch._utils._rebuild_parameter", rebuild_parameter},
    {"torch._utils._rebuild_parameter_with_state", rebuild_parameter_with_state},
    {"torch._utils._rebuild_qtensor", rebuild_qtensor},
    {"torch._utils._rebuild_sparse_csr_tensor", rebuild_sparse_tensor},  // torch < 2.0
    {"torch._utils._rebuild_sparse_tensor", rebuild_sparse_tensor},
    {"torch._utils._rebuild_tensor", rebuild_tensor},
    {"torch._utils._rebuild_tensor_v2", rebuild_tensor_v2},
    {"torch._utils._rebuild_tensor_v3", rebuild_tensor_v3},
    {"torch._utils._rebuild_wrapper_subclass", rebuild_wrapper_subclass},
    {"torch._utils._rebuild_xla_tensor", rebuild_device_tensor},
    {"torch.autograd.variable.Variable", make_variable},
    {"torch.device", make_device},
    {"torch.nn.parameter.Parameter", make_parameter},
    {"torch.serialization._get_layout", get_layout},
    {"torch.tensor._rebuild_from_type", rebuild_from_type},
};

bool is_tensor(const Node &node) { return node.is(WP_KIND_TENSOR); }

}  // namespace

std::span<const KnownGlobal> known_torch_globals() { return kTorch; }

// States of tensors before 1.0: Tensor (storage, storage_offset, size, stride), Variable and Parameter (data, grad, hooks,
// requires_grad, volatile) or (requires_grad, volatile, hooks).
bool build_tensor(Tree &tree, Node &object, Node &state) {
  if (!state.is(WP_KIND_TUPLE)) return false;
  const Items &items = state.items;
  if (is_tensor(object)) {
    // A class of its own makes of a tuple what it likes.
    bool plain = object.role == TensorRole::kTensor && (!object.tensor.extra || object.tensor.extra->class_name.empty());
    if (!plain || (items.size != 3 && items.size != 5)) return false;
    const Node &flag = *items.data[items.size == 3 ? 0 : 3];
    if (flag.is(WP_KIND_BOOL)) object.tensor.pointer->set_requires_grad(flag.flag);
    return flag.is(WP_KIND_BOOL);
  }
  if (!object.is(WP_KIND_OBJECT) || object.object->is_global || items.size < 4 || !is_tensor(*items.data[0])) return false;
  std::string_view class_name = object.object->extra.class_name;
  if (!class_name.starts_with("torch.")) return false;
  if (items.size == 4 && class_name.ends_with("Tensor")) {
    Globals unused;
    Limits limits;
    Call request{tree, unused, limits, object, {items.data, items.size}};
    tree.become_tensor(object, view(Arguments(request)));
    return true;
  }
  if (items.size == 5 && (class_name.ends_with(".Parameter") || class_name.ends_with(".Variable"))) {
    const Tensor &data = *items.data[0]->tensor.pointer;
    auto tensor = make_ref<Tensor>(data, data.extra() ? copy_extra(data) : nullptr);
    tensor->set_is_parameter(class_name.ends_with(".Parameter"));
    tensor->set_requires_grad(items.data[3]->is(WP_KIND_BOOL) && items.data[3]->flag);
    tree.become_tensor(object, std::move(tensor));
    return true;
  }
  return false;
}

}  // namespace weightport
