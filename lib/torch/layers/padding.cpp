// SPDX-License-Identifier: MIT
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

LayerClass constant_pad(const std::string &name, size_t dims, std::optional<c10::IValue> value) {
  auto make = [dims](Builder &, const Settings &settings) {
    double value = settings.number("value");
    return unary([=, padding = settings.ints("padding", 2 * dims)](const at::Tensor &x) {
      return at::constant_pad_nd(x, padding, value);
    });
  };
  return {name, {{"padding", kInt | kInts}, {"value", kFloat, std::move(value)}}, make};
}

LayerClass pad(const std::string &name, size_t dims, const char *mode) {
  auto make = [=](Builder &, const Settings &settings) {
    return unary([=, padding = settings.ints("padding", 2 * dims)](const at::Tensor &x) { return at::pad(x, padding, mode); });
  };
  return {name, {{"padding", kInt | kInts}}, make};
}

}  // namespace

LayerClasses padding_classes() {
  LayerClasses classes;
  for (size_t dims = 1; dims <= 3; dims++) {
    std::string suffix = "Pad" + std::to_string(dims) + "d";
    classes.push_back(constant_pad("Constant" + suffix, dims, {}));
    // Older pickles of it hold no value.
    classes.push_back(constant_pad("Zero" + suffix, dims, 0.0));
    classes.push_back(pad("Reflection" + suffix, dims, "reflect"));
    classes.push_back(pad("Replication" + suffix, dims, "replicate"));
    classes.push_back(pad("Circular" + suffix, dims, "circular"));
  }
  return classes;
}

}  // namespace weightport::libtorch
