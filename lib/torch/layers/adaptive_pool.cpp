// SPDX-License-Identifier: MIT
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

using Ints = std::vector<int64_t>;

// The sizes that are asked for, with those of the input where it is None.
Ints output_size(const at::Tensor &x, Ints size) {
  auto dims = static_cast<int64_t>(size.size());
  check_input(x.dim() >= dims, "the input of an adaptive pool has ", x.dim(), " dimensions");
  for (int64_t i = 0; i < dims; i++) {
    if (int64_t &wanted = size[static_cast<size_t>(i)]; wanted == kSameSize) wanted = x.size(i - dims);
  }
  return size;
}

Forward average(Builder &, const Settings &settings, size_t dims) {
  return unary([dims, wanted = settings.ints("output_size", dims)](const at::Tensor &x) {
    Ints size = output_size(x, wanted);
    if (dims == 1) return at::adaptive_avg_pool1d(x, size);
    if (dims == 2) return at::adaptive_avg_pool2d(x, size);
    return at::adaptive_avg_pool3d(x, size);
  });
}

Forward maximum(Builder &, const Settings &settings, size_t dims) {
  bool indices = settings.flag("return_indices");
  return unary([=, wanted = settings.ints("output_size", dims)](const at::Tensor &x) -> c10::IValue {
    Ints size = output_size(x, wanted);
    auto result = dims == 1   ? at::adaptive_max_pool1d(x, size)
                  : dims == 2 ? at::adaptive_max_pool2d(x, size)
                              : at::adaptive_max_pool3d(x, size);
    if (indices) return result;
    return std::get<0>(result);
  });
}

}  // namespace

LayerClasses adaptive_pool_classes() {
  const Parameter size{"output_size", kInt | kInts | kSizes | kNone}, indices{"return_indices", kBool, false};
  LayerClasses classes;
  for (size_t dims = 1; dims <= 3; dims++) {
    std::string suffix = "Pool" + std::to_string(dims) + "d";
    classes.push_back({"AdaptiveAvg" + suffix, {size}, [dims](Builder &build, const Settings &settings) {
                         return average(build, settings, dims);
                       }});
    classes.push_back({"AdaptiveMax" + suffix, {size, indices}, [dims](Builder &build, const Settings &settings) {
                         return maximum(build, settings, dims);
                       }});
  }
  return classes;
}

}  // namespace weightport::libtorch
