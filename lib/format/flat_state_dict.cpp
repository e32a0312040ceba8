// SPDX-License-Identifier: MIT
#include "format/flat_state_dict.hpp"

#include <algorithm>
#include <tuple>

#include "base/error.hpp"
#include "base/steps.hpp"
#include "value/kind.hpp"
#include "value/module_parts.hpp"
#include "value/module_state.hpp"

namespace weightport {
namespace {

std::vector<NamedTensor> tensors_of(const Dict &dict) {
  std::vector<NamedTensor> tensors;
  tensors.reserve(dict.size);
  for (uint32_t i = 0; i < dict.size; ++i) {
    const auto &[key, value] = dict.entries[i];
    if (!key->is(WP_KIND_STRING)) {
      fail(WP_ERROR_UNSUPPORTED, "the format holds tensors by name only: entry ", i, " has a key of kind ",
           kind_name(key->kind));
    }
    if (!value->is(WP_KIND_TENSOR)) {
      throw Error(WP_ERROR_UNSUPPORTED,
                  concat("the format holds tensors by name only, no value of kind ", kind_name(value->kind)))
          .with_key(key->view());
    }
    tensors.push_back({key->view(), value->tensor.pointer});
  }
  return tensors;
}

int compare(Dims a, Dims b) {
  if (std::equal(a.begin(), a.end(), b.begin(), b.end())) return 0;
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end()) ? -1 : 1;
}

// Below, equal to or above 0, as a comes before, with or after b; of the same storage.
int compare_views(const Tensor &a, const Tensor &b) {
  auto scalars = [](const Tensor &t) {
    const TensorExtra *extra = t.extra();
    return std::tuple(t.dtype(), t.storage_offset(), extra && extra->conj, extra && extra->neg);
  };
  if (scalars(a) != scalars(b)) return scalars(a) < scalars(b) ? -1 : 1;
  int shapes = compare(a.shape(), b.shape());
  return shapes ? shapes : compare(a.strides(), b.strides());
}

}  // namespace

FlatStateDict flat_state_dict(const Node &root, const Limits &limits) try {
  Steps steps(limits);
  Module module;
  const Dict *dict = ModuleReader(steps).read(root, module) ? nullptr : dict_of(root);
  if (dict) return {tensors_of(*dict), nullptr};
  FlatStateDict out;
  out.names = state_dict_from_value(root, limits);
  for (size_t i = 0; i < out.names->size(); ++i) out.tensors.push_back({out.names->name_at(i), out.names->tensor_at(i).get()});
  return out;
} catch (const Error &error) {
  if (error.code() != WP_ERROR_MISMATCH) throw;
  throw Error(WP_ERROR_UNSUPPORTED, error.message()).with_key(error.key());
}

std::vector<size_t> tied_weights(const std::vector<NamedTensor> &tensors) {
  struct Place {
    uint64_t storage;
    size_t index;
  };
  std::vector<size_t> kept(tensors.size());
  std::vector<Place> order;
  order.reserve(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    kept[i] = i;
    if (const Storage *storage = tensors[i].tensor->storage()) order.push_back({storage->id(), i});
  }
  std::sort(order.begin(), order.end(), [&](const Place &a, const Place &b) {
    if (a.storage != b.storage) return a.storage < b.storage;
    int views = compare_views(*tensors[a.index].tensor, *tensors[b.index].tensor);
    return views ? views < 0 : tensors[a.index].name < tensors[b.index].name;
  });
  for (size_t i = 1; i < order.size(); ++i) {
    const Place &before = order[i - 1], &place = order[i];
    if (before.storage == place.storage && compare_views(*tensors[before.index].tensor, *tensors[place.index].tensor) == 0) {
      kept[place.index] = kept[before.index];
    }
  }
  return kept;
}

}  // namespace weightport
