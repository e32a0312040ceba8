// SPDX-License-Identifier: MIT
#include "format/pickle/globals.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "format/pickle/call.hpp"
#include "tensor/dtype.hpp"

namespace weightport {
namespace {

// torch.float32 and the like are values, not classes.
wp_dtype dtype_global(std::string_view module, std::string_view name) {
  return module == "torch" ? dtype_from_name(name) : WP_DTYPE_UNDEFINED;
}

// torch._tensor_classes: torch.FloatTensor, torch.cuda.sparse.FloatTensor and so on.
bool is_tensor_class(std::string_view name) {
  if (!name.starts_with("torch.") || !name.ends_with("Tensor")) return false;
  name = name.substr(6, name.size() - 12);
  if (name.starts_with("cuda.")) name.remove_prefix(5);
  if (name.starts_with("sparse.")) name.remove_prefix(7);
  static constexpr std::string_view kTypes[] = {"Double", "Float", "Long", "Int",  "Short",
                                                "Char",   "Byte",  "Half", "Bool", "BFloat16"};
  return std::find(std::begin(kTypes), std::end(kTypes), name) != std::end(kTypes);
}

// torch._storage_classes, behind "torch.".
bool is_storage_class(std::string_view name) {
  bool cuda = name.starts_with("cuda.");
  wp_dtype dtype = dtype_from_storage(cuda ? name.substr(5) : name);
  return dtype != WP_DTYPE_UNDEFINED && !(cuda && is_quantized(dtype));
}

}  // namespace

// torch/_weights_only_unpickler.py, _get_allowed_globals(), and what `import torch` adds to it, of PyTorch 2.14; without
// what 2.6 refuses: Python's exceptions and a few classes of torch.distributed.
bool allowed_by_weights_only(std::string_view name) {
  static constexpr std::string_view kAllowed[] = {
      "_codecs.encode",
      "builtins.bytearray",
      "builtins.complex",
      "builtins.set",
      "collections.Counter",
      "collections.OrderedDict",
      "torch.Size",
      "torch.Tensor",
      "torch._tensor._rebuild_from_type_v2",
      "torch._utils._rebuild_device_tensor_from_cpu_tensor",
      "torch._utils._rebuild_device_tensor_from_numpy",
      "torch._utils._rebuild_meta_tensor_no_storage",
      "torch._utils._rebuild_nested_tensor",
      "torch._utils._rebuild_parameter",
      "torch._utils._rebuild_parameter_with_state",
      "torch._utils._rebuild_qtensor",
      "torch._utils._rebuild_sparse_tensor",
      "torch._utils._rebuild_tensor",
      "torch._utils._rebuild_tensor_v2",
      "torch._utils._rebuild_tensor_v3",
      "torch._utils._rebuild_wrapper_subclass",
      "torch.device",
      "torch.nested._internal.nested_tensor.NestedTensor",
      "torch.nested._internal.nested_tensor._rebuild_njt",
      "torch.nn.parameter.Parameter",
      "torch.per_channel_affine",
      "torch.per_channel_affine_float_qparams",
      "torch.per_channel_symmetric",
      "torch.per_tensor_affine",
      "torch.per_tensor_symmetric",
      "torch.serialization._get_layout",
      "torch.storage.TypedStorage",
      "torch.storage.UntypedStorage",
  };
  static_assert(std::is_sorted(std::begin(kAllowed), std::end(kAllowed)));
  if (std::binary_search(std::begin(kAllowed), std::end(kAllowed), name)) return true;
  if (is_tensor_class(name)) return true;
  if (!name.starts_with("torch.")) return false;
  name.remove_prefix(6);
  wp_dtype dtype = dtype_from_name(name);
  bool is_dtype = dtype != WP_DTYPE_UNDEFINED && name == dtype_info(dtype)->name;
  return is_dtype || is_storage_class(name);
}

Node *Globals::get(Tree &tree, std::string_view module, std::string_view name) {
  std::string full = concat(module, ".", name);
  auto found = nodes_.find(full);
  if (found != nodes_.end()) return found->second;
  if (!is_utf8(full)) fail(WP_ERROR_CORRUPT, "the name of a class is not UTF-8");

  Node *node;
  if (wp_dtype dtype = dtype_global(module, name); dtype != WP_DTYPE_UNDEFINED) {
    node = tree.dtype(dtype);
  } else {
    node = tree.object(tree.copy(full));
    node->object->is_global = true;
    node->object->extra.module_size = static_cast<uint32_t>(module.size());
    node->object->handler = handler_of(full);
  }
  tree.charge(2 * full.size() + 2 * sizeof(Global) + sizeof(std::string) + kHashEntry);
  list_.push_back({full, allowed_by_weights_only(full)});
  nodes_.emplace(std::move(full), node);
  return node;
}

}  // namespace weightport
