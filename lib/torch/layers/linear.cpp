// SPDX-License-Identifier: MIT
#include "layers/builder.hpp"
#include "layers/common.hpp"
#include "layers/init.hpp"
#include "layers/settings.hpp"

namespace weightport::libtorch {
namespace {

Forward linear(Builder &build, const Settings &settings) {
  int64_t in = settings.integer("in_features"), out = settings.integer("out_features");
  at::Tensor weight = build.parameter("weight", {out, in}), bias;
  if (settings.flag("bias")) bias = build.parameter("bias", {out});
  if (build.fresh()) init_weight_and_bias(weight, bias);
  return [](const Layer &layer, const Inputs &inputs) {
    return at::linear(inputs.tensor(0), layer.tensor("weight"), layer.tensor("bias"));
  };
}

Forward bilinear(Builder &build, const Settings &settings) {
  int64_t in1 = settings.integer("in1_features"), in2 = settings.integer("in2_features");
  int64_t out = settings.integer("out_features");
  at::Tensor weight = build.parameter("weight", {out, in1, in2}), bias;
  if (settings.flag("bias")) bias = build.parameter("bias", {out});
  if (build.fresh()) {
    init_uniform_of(in1, weight);
    if (bias.defined()) init_uniform_of(in1, bias);
  }
  return [](const Layer &layer, const Inputs &inputs) {
    return at::bilinear(inputs.tensor(0), inputs.tensor(1), layer.tensor("weight"), layer.tensor("bias"));
  };
}

Forward identity(Builder &, const Settings &) {
  return [](const Layer &, const Inputs &inputs) { return inputs[0]; };
}

}  // namespace

LayerClasses linear_classes() {
  return {
      {"Identity", {}, identity},
      {"Linear",
       {{"in_features", kInt}, {"out_features", kInt}, {"bias", kBool, true, "bias"}, device_parameter(), dtype_parameter()},
       linear},
      {"Bilinear",
       {{"in1_features", kInt},
        {"in2_features", kInt},
        {"out_features", kInt},
        {"bias", kBool, true, "bias"},
        device_parameter(),
        dtype_parameter()},
       bilinear,
       {"input1", "input2"},
       2}};
}

}  // namespace weightport::libtorch
