// SPDX-License-Identifier: MIT
// After torch/nn/modules/transformer.py, without its fast path, whose results are the same but at places that are masked out.
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

using Activation = at::Tensor (*)(const at::Tensor &);

at::Tensor gelu(const at::Tensor &x) { return at::gelu(x); }

// A function of torch.nn.functional, by the name that pickle has for it.
Activation find_activation(const Settings &settings) {
  std::string_view name = settings.text("activation");
  for (std::string_view prefix : {"torch.nn.functional.", "torch._C._nn.", "torch."}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  if (name == "relu") return at::relu;
  if (name == "gelu") return gelu;
  if (name == "silu") return at::silu;
  if (name == "mish") return at::mish;
  if (name == "tanh") return at::tanh;
  if (name == "sigmoid") return at::sigmoid;
  settings.refuse("activation", WP_ERROR_UNSUPPORTED, "is ", printable(settings.text("activation")),
                  ": only relu, gelu, silu, mish, tanh and sigmoid are known as functions");
}

at::Tensor first_of(const c10::IValue &result) {
  if (result.isTuple() && !result.toTupleRef().elements().empty() && result.toTupleRef().elements()[0].isTensor()) {
    return result.toTupleRef().elements()[0].toTensor();
  }
  fail(WP_ERROR_MISMATCH, "an attention gave a ", result.tagKind(), ", not a tuple");
}

struct TransformerLayer {
  bool norm_first;
  Activation activation;  // null if a child does it

  at::Tensor attend(const Layer &layer, const char *attention, const at::Tensor &x, const at::Tensor &to,
                    const c10::IValue &mask, const c10::IValue &padding) const {
    return first_of(layer.call(attention, {x, to, to, padding, false, mask}));
  }

  at::Tensor feed_forward(const Layer &layer, const at::Tensor &x) const {
    at::Tensor y = layer.call("linear1", x);
    y = activation ? activation(y) : layer.call("activation", y);
    return layer.call("linear2", layer.call("dropout", y));
  }

  // x plus what the block makes of it, with the norm before or behind.
  template <class Block>
  at::Tensor residual(const Layer &layer, const char *norm, const char *dropout, const at::Tensor &x, Block block) const {
    if (norm_first) return x + layer.call(dropout, block(layer.call(norm, x)));
    return layer.call(norm, x + layer.call(dropout, block(x)));
  }
};

struct EncoderLayer : TransformerLayer {
  c10::IValue operator()(const Layer &layer, const Inputs &in) const {
    at::Tensor x = residual(layer, "norm1", "dropout1", in.tensor(0),
                            [&](const at::Tensor &y) { return attend(layer, "self_attn", y, y, in[1], in[2]); });
    return residual(layer, "norm2", "dropout2", x, [&](const at::Tensor &y) { return feed_forward(layer, y); });
  }
};

struct DecoderLayer : TransformerLayer {
  c10::IValue operator()(const Layer &layer, const Inputs &in) const {
    at::Tensor memory = in.tensor(1);
    at::Tensor x = residual(layer, "norm1", "dropout1", in.tensor(0),
                            [&](const at::Tensor &y) { return attend(layer, "self_attn", y, y, in[2], in[4]); });
    x = residual(layer, "norm2", "dropout2", x,
                 [&](const at::Tensor &y) { return attend(layer, "multihead_attn", y, memory, in[3], in[5]); });
    return residual(layer, "norm3", "dropout3", x, [&](const at::Tensor &y) { return feed_forward(layer, y); });
  }
};

// Children in Python's order, which is also the order in which their weights are drawn.
Activation add_children(Builder &build, const Settings &settings, bool is_decoder) {
  auto attention = [&] {
    return make_part("MultiheadAttention", build,
                     {{"embed_dim", settings.integer("d_model")},
                      {"num_heads", settings.integer("nhead")},
                      {"dropout", settings.number("dropout")},
                      {"bias", settings.flag("bias")},
                      {"batch_first", settings.flag("batch_first")}});
  };
  auto linear = [&](const char *in, const char *out) {
    return make_part(
        "Linear", build,
        {{"in_features", settings.integer(in)}, {"out_features", settings.integer(out)}, {"bias", settings.flag("bias")}});
  };
  auto dropout = [&] { return make_part("Dropout", {{"p", settings.number("dropout")}}); };
  auto norm = [&] {
    return make_part("LayerNorm", build,
                     {{"normalized_shape", settings.integer("d_model")},
                      {"eps", settings.number("layer_norm_eps")},
                      {"bias", settings.flag("bias")}});
  };
  build.child("self_attn", attention);
  if (is_decoder) build.child("multihead_attn", attention);
  build.child("linear1", [&] { return linear("d_model", "dim_feedforward"); });
  build.child("dropout", dropout);
  build.child("linear2", [&] { return linear("dim_feedforward", "d_model"); });
  build.child("norm1", norm);
  build.child("norm2", norm);
  if (is_decoder) build.child("norm3", norm);
  build.child("dropout1", dropout);
  build.child("dropout2", dropout);
  if (is_decoder) build.child("dropout3", dropout);
  build.optional_child("activation", [&] { return settings.module("activation"); });
  return build.has_child("activation") ? nullptr : find_activation(settings);
}

Forward encoder_layer(Builder &build, const Settings &settings) {
  Activation activation = add_children(build, settings, /*is_decoder=*/false);
  return EncoderLayer{{settings.flag("norm_first"), activation}};
}

Forward decoder_layer(Builder &build, const Settings &settings) {
  Activation activation = add_children(build, settings, /*is_decoder=*/true);
  return DecoderLayer{{settings.flag("norm_first"), activation}};
}

}  // namespace

LayerClasses transformer_layer_classes() {
  const std::vector<Parameter> parameters{{"d_model", kInt | kFresh},
                                          {"nhead", kInt | kFresh},
                                          {"dim_feedforward", kInt | kFresh, 2048},
                                          {"dropout", kFloat | kFresh, 0.1},
                                          {"activation", kText | kFunction | kLayer, "relu"},
                                          {"layer_norm_eps", kFloat | kFresh, 1e-5},
                                          {"batch_first", kBool | kFresh, false},
                                          {"norm_first", kBool, false},
                                          {"bias", kBool | kFresh, true},
                                          device_parameter(),
                                          dtype_parameter()};
  return {{"TransformerEncoderLayer", parameters, encoder_layer, {"src", "src_mask", "src_key_padding_mask", "is_causal"}},
          {"TransformerDecoderLayer",
           parameters,
           decoder_layer,
           {"tgt", "memory", "tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "tgt_is_causal",
            "memory_is_causal"},
           2}};
}

}  // namespace weightport::libtorch
