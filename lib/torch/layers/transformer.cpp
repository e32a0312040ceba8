// SPDX-License-Identifier: MIT
// After torch/nn/modules/transformer.py.
#include "layers/common.hpp"
#include "layers/init.hpp"
#include "layers/stack.hpp"

namespace weightport::libtorch {
namespace {

// Copies of one layer, with its weights, as copy.deepcopy makes them.
Child make_stack(const Settings &settings, const Child &layer) {
  if (!layer) settings.refuse("layers", WP_ERROR_MISMATCH, "are None");
  int64_t count = stacked_layers(settings);
  Settings list(*find_layer_class("ModuleList"), {});
  Settings::Modules copies;
  for (int64_t i = 0; i < count; i++) copies.push_back({std::to_string(i), {layer.module->clone(), layer.run}});
  list.set("modules", std::move(copies));
  return as_child(make_fresh(list));
}

// Runs the stack, then the norm if there is one. The first argument of each layer is what the one before it gave.
c10::IValue run_stack(const Layer &layer, Arguments args) {
  for (const auto &[name, child] : layer.module("layers").modules()) args[0] = child.run(*child.module, args, {});
  return layer.find_module("norm") ? layer.call("norm", Arguments{args[0]}) : args[0];
}

Forward encoder(Builder &build, const Settings &settings) {
  build.child("layers", [&] { return make_stack(settings, settings.module("encoder_layer")); });
  build.optional_child("norm", [&] { return settings.module("norm"); });
  return [](const Layer &layer, const Inputs &in) { return run_stack(layer, {in[0], in[1], in[2]}); };
}

Forward decoder(Builder &build, const Settings &settings) {
  build.child("layers", [&] { return make_stack(settings, settings.module("decoder_layer")); });
  build.optional_child("norm", [&] { return settings.module("norm"); });
  return [](const Layer &layer, const Inputs &in) { return run_stack(layer, {in[0], in[1], in[2], in[3], in[4], in[5]}); };
}

// An encoder or decoder of the kind that Transformer makes by itself.
Child make_half(const Builder &build, const Settings &settings, bool is_decoder) {
  const char *side = is_decoder ? "decoder" : "encoder";
  Settings layer(*find_layer_class(is_decoder ? "TransformerDecoderLayer" : "TransformerEncoderLayer"), {});
  for (const char *name : {"d_model", "nhead", "dim_feedforward", "dropout", "layer_norm_eps", "batch_first", "norm_first",
                           "bias", "device", "dtype"}) {
    layer.set(name, settings.get(name));
  }
  // A module that is given as the activation is copied with each layer.
  if (Child activation = settings.module("activation")) {
    layer.set("activation", Settings::Modules{{"", {activation.module->clone(), activation.run}}});
  } else {
    layer.set("activation", settings.get("activation"));
  }
  layer.complete(/*fresh=*/true);
  Child one = as_child(make_fresh(layer));
  Child norm = make_part(
      "LayerNorm", build,
      {{"normalized_shape", settings.get("d_model")}, {"eps", settings.get("layer_norm_eps")}, {"bias", settings.get("bias")}});
  Settings half(*find_layer_class(is_decoder ? "TransformerDecoder" : "TransformerEncoder"), {});
  half.set(concat(side, "_layer"), Settings::Modules{{"", one}});
  half.set("num_layers", settings.get(concat("num_", side, "_layers")));
  half.set("norm", Settings::Modules{{"", norm}});
  half.complete(/*fresh=*/true);
  return as_child(make_fresh(half));
}

Forward transformer(Builder &build, const Settings &settings) {
  for (bool is_decoder : {false, true}) {
    const char *side = is_decoder ? "decoder" : "encoder";
    build.child(side, [&] {
      Child custom = settings.module(concat("custom_", side));
      return custom ? custom : make_half(build, settings, is_decoder);
    });
  }
  if (build.fresh()) {
    for (const at::Tensor &parameter : build.layer().parameters()) {
      if (parameter.dim() > 1) init_xavier_uniform(parameter);
    }
  }
  return [](const Layer &layer, const Inputs &in) {
    c10::IValue memory = layer.call("encoder", {in[0], in[2], in[5]});
    return layer.call("decoder", {in[1], memory, in[3], in[4], in[6], in[7]});
  };
}

}  // namespace

LayerClasses transformer_classes() {
  const c10::IValue none;
  const Parameter count{"num_layers", kInt | kFresh}, norm{"norm", kLayer | kNone | kFresh, none};
  return {{"TransformerEncoder",
           {{"encoder_layer", kLayer | kFresh},
            count,
            norm,
            {"enable_nested_tensor", kBool | kFresh, true},
            {"mask_check", kBool | kFresh, true}},
           encoder,
           {"src", "mask", "src_key_padding_mask", "is_causal"}},
          {"TransformerDecoder",
           {{"decoder_layer", kLayer | kFresh}, count, norm},
           decoder,
           {"tgt", "memory", "tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "tgt_is_causal",
            "memory_is_causal"},
           2},
          {"Transformer",
           {{"d_model", kInt | kFresh, 512},
            {"nhead", kInt | kFresh, 8},
            {"num_encoder_layers", kInt | kFresh, 6},
            {"num_decoder_layers", kInt | kFresh, 6},
            {"dim_feedforward", kInt | kFresh, 2048},
            {"dropout", kFloat | kFresh, 0.1},
            {"activation", kText | kFunction | kLayer | kFresh, "relu"},
            {"custom_encoder", kLayer | kNone | kFresh, none},
            {"custom_decoder", kLayer | kNone | kFresh, none},
            {"layer_norm_eps", kFloat | kFresh, 1e-5},
            {"batch_first", kBool | kFresh, false},
            {"norm_first", kBool | kFresh, false},
            {"bias", kBool | kFresh, true},
            device_parameter(),
            dtype_parameter()},
           transformer,
           {"src", "tgt", "src_mask", "tgt_mask", "memory_mask", "src_key_padding_mask", "tgt_key_padding_mask",
            "memory_key_padding_mask", "src_is_causal", "tgt_is_causal", "memory_is_causal"},
           2}};
}

}  // namespace weightport::libtorch
