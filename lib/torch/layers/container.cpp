// SPDX-License-Identifier: MIT
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

void take_modules(Builder &build, const Settings &settings) {
  build.all_children();
  if (!build.fresh()) return;
  for (const auto &[name, child] : settings.modules("modules")) {
    build.child(name, [&child = child] { return child; });
  }
}

Forward sequential(Builder &build, const Settings &settings) {
  take_modules(build, settings);
  return [](const Layer &layer, const Inputs &inputs) {
    c10::IValue value = inputs[0];
    for (const auto &[name, child] : layer.modules()) value = child.run(*child.module, {value}, {});
    return value;
  };
}

Forward holder(Builder &build, const Settings &settings) {
  take_modules(build, settings);
  return [](const Layer &layer, const Inputs &) -> c10::IValue {
    fail(WP_ERROR_UNSUPPORTED, "a ", layer.layer_class().name, " only holds modules: it has no forward");
  };
}

}  // namespace

LayerClasses container_classes() {
  const std::vector<Parameter> modules{{"modules", kLayers | kFresh, c10::IValue()}};
  return {{"Sequential", modules, sequential}, {"ModuleList", modules, holder}, {"ModuleDict", modules, holder}};
}

}  // namespace weightport::libtorch
