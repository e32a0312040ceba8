// SPDX-License-Identifier: MIT
// After torch.nn.functional.multi_head_attention_forward.
#include <cmath>
#include <limits>

#include "layers/common.hpp"
#include "layers/init.hpp"

namespace weightport::libtorch {
namespace {

// A mask that is added to the scores: where it was true, minus infinity.
at::Tensor additive(const at::Tensor &mask, at::ScalarType dtype) {
  if (!mask.defined() || at::isFloatingType(mask.scalar_type())) return mask;
  check_input(mask.scalar_type() == at::kBool || mask.scalar_type() == at::kByte, "a mask is neither bool nor floating-point");
  at::Tensor made = at::zeros(mask.sizes(), mask.options().dtype(dtype));
  return made.masked_fill(mask.to(at::kBool), -std::numeric_limits<double>::infinity());
}

struct Attention {
  int64_t embed_dim, num_heads;
  double dropout;
  bool batch_first, add_zero_attn;

  // Of a tensor of [length, batch, features] the heads: [batch * heads, length, features / heads].
  at::Tensor heads(const at::Tensor &x) const {
    return x.contiguous().view({x.size(0), x.size(1) * num_heads, embed_dim / num_heads}).transpose(0, 1);
  }

  static std::vector<at::Tensor> project(const Layer &layer, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v) {
    at::Tensor packed = layer.tensor("in_proj_weight"), bias = layer.tensor("in_proj_bias");
    std::vector<at::Tensor> weights, biases(3);
    if (packed.defined()) {
      weights = packed.chunk(3);
    } else {
      weights = {layer.tensor("q_proj_weight"), layer.tensor("k_proj_weight"), layer.tensor("v_proj_weight")};
    }
    if (bias.defined()) biases = bias.chunk(3);
    return {at::linear(q, weights[0], biases[0]), at::linear(k, weights[1], biases[1]), at::linear(v, weights[2], biases[2])};
  }

  // Both masks as one of [batch * heads or 1, target, source]; undefined if there is none.
  at::Tensor mask_of(at::Tensor attn_mask, const at::Tensor &padding, int64_t batch, int64_t target, int64_t source) const {
    if (attn_mask.defined()) {
      if (attn_mask.dim() == 2) attn_mask = attn_mask.unsqueeze(0);
      bool fits = attn_mask.dim() == 3 && (attn_mask.size(0) == 1 || attn_mask.size(0) == batch * num_heads) &&
                  attn_mask.size(1) == target && attn_mask.size(2) == source;
      check_input(fits, "attn_mask is neither of shape [", target, ", ", source, "] nor of that for each head of the batch");
    }
    if (!padding.defined()) return attn_mask;
    check_input(padding.dim() == 2 && padding.size(0) == batch && padding.size(1) == source,
                "key_padding_mask is not of shape [", batch, ", ", source, "]");
    at::Tensor each = padding.view({batch, 1, 1, source}).expand({-1, num_heads, -1, -1}).reshape({-1, 1, source});
    return attn_mask.defined() ? attn_mask + each : each;
  }

  void check_shapes(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v) const {
    check_input(q.dim() == 2 || q.dim() == 3, "query has ", q.dim(), " dimensions, not 2 or 3");
    check_input(k.dim() == q.dim() && v.dim() == q.dim(), "query, key and value have different numbers of dimensions");
    check_input(q.size(-1) == embed_dim, "query has ", q.size(-1), " features, not ", embed_dim);
    check_input(k.sizes().slice(0, static_cast<size_t>(k.dim() - 1)) == v.sizes().slice(0, static_cast<size_t>(v.dim() - 1)),
                "key and value differ in length or batch");
  }

  c10::IValue operator()(const Layer &layer, const Inputs &inputs) const;
};

c10::IValue Attention::operator()(const Layer &layer, const Inputs &inputs) const {
  at::Tensor query = inputs.tensor(0), key = inputs.tensor(1), value = inputs.tensor(2);
  check_shapes(query, key, value);
  bool is_batched = query.dim() == 3;
  for (at::Tensor *x : {&query, &key, &value}) {
    if (!is_batched) *x = x->unsqueeze(1);
    if (is_batched && batch_first) *x = x->transpose(0, 1);
  }
  int64_t target = query.size(0), batch = query.size(1);
  check_input(key.size(1) == batch, "query and key differ in batch");
  at::Tensor padding = additive(inputs.optional_tensor(3), query.scalar_type());
  at::Tensor attn_mask = additive(inputs.optional_tensor(5), query.scalar_type());
  check_input(attn_mask.defined() || !inputs.flag(7, false), "is_causal needs an attn_mask");
  if (padding.defined() && padding.dim() == 1 && !is_batched) padding = padding.unsqueeze(0);
  at::Tensor mask = mask_of(attn_mask, padding, batch, target, key.size(0));

  std::vector<at::Tensor> projected = project(layer, query, key, value);
  at::Tensor q = projected[0], k = projected[1], v = projected[2];
  // One more key and value for all, and one of zeros; no mask hides them.
  if (at::Tensor bias_k = layer.tensor("bias_k"); bias_k.defined()) {
    k = at::cat({k, bias_k.repeat({1, batch, 1})});
    v = at::cat({v, layer.tensor("bias_v").repeat({1, batch, 1})});
    if (mask.defined()) mask = at::constant_pad_nd(mask, {0, 1});
  }
  q = heads(q), k = heads(k), v = heads(v);
  if (add_zero_attn) {
    k = at::cat({k, at::zeros({k.size(0), 1, k.size(2)}, k.options())}, 1);
    v = at::cat({v, at::zeros({v.size(0), 1, v.size(2)}, v.options())}, 1);
    if (mask.defined()) mask = at::constant_pad_nd(mask, {0, 1});
  }
  q = q / std::sqrt(static_cast<double>(q.size(2)));
  at::Tensor scores = mask.defined() ? at::baddbmm(mask, q, k.transpose(1, 2)) : at::bmm(q, k.transpose(1, 2));
  at::Tensor weights = at::dropout(at::softmax(scores, -1), dropout, layer.is_training());
  at::Tensor output = at::bmm(weights, v).transpose(0, 1).contiguous().view({target * batch, embed_dim});
  output = layer.call("out_proj", output).view({target, batch, embed_dim});
  if (!is_batched) output = output.squeeze(1);
  if (is_batched && batch_first) output = output.transpose(0, 1);

  c10::IValue shown;
  if (inputs.flag(4, true)) {
    weights = weights.view({batch, num_heads, target, k.size(1)});
    if (inputs.flag(6, true)) weights = weights.mean(1);
    shown = is_batched ? weights : weights.squeeze(0);
  }
  return c10::ivalue::Tuple::create({output, shown});
}

int64_t dim_or(const Settings &settings, const char *name, int64_t otherwise) {
  return settings.is_none(name) ? otherwise : settings.integer(name);
}

void init(const Builder &build) {
  const Layer &layer = build.layer();
  for (const char *name : {"in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"}) {
    if (at::Tensor weight = layer.tensor(name); weight.defined()) init_xavier_uniform(weight);
  }
  if (at::Tensor bias = layer.tensor("in_proj_bias"); bias.defined()) {
    bias.zero_();
    layer.module("out_proj").tensor("bias").zero_();
  }
  for (const char *name : {"bias_k", "bias_v"}) {
    if (at::Tensor bias = layer.tensor(name); bias.defined()) init_xavier_normal(bias);
  }
}

Forward multihead_attention(Builder &build, const Settings &settings) {
  int64_t embed = settings.positive("embed_dim");
  Attention made{embed, settings.positive("num_heads"), settings.number("dropout"), settings.flag("batch_first"),
                 settings.flag("add_zero_attn")};
  if (embed % made.num_heads) settings.refuse("embed_dim", WP_ERROR_INVALID_ARGUMENT, "is no multiple of num_heads");
  int64_t kdim = dim_or(settings, "kdim", embed), vdim = dim_or(settings, "vdim", embed);
  bool bias = settings.flag("bias");
  if (kdim == embed && vdim == embed) {
    build.parameter("in_proj_weight", {3 * embed, embed});
  } else {
    build.parameter("q_proj_weight", {embed, embed});
    build.parameter("k_proj_weight", {embed, kdim});
    build.parameter("v_proj_weight", {embed, vdim});
  }
  if (bias) build.parameter("in_proj_bias", {3 * embed});
  build.child("out_proj", [&] {
    return make_part("Linear", build, {{"in_features", embed}, {"out_features", embed}, {"bias", bias}});
  });
  if (settings.flag("add_bias_kv")) {
    build.parameter("bias_k", {1, 1, embed});
    build.parameter("bias_v", {1, 1, embed});
  }
  if (build.fresh()) init(build);
  return made;
}

}  // namespace

LayerClasses attention_classes() {
  const c10::IValue none;
  return {{"MultiheadAttention",
           {{"embed_dim", kInt},
            {"num_heads", kInt},
            {"dropout", kFloat, 0.0},
            {"bias", kBool, true, "in_proj_bias"},
            {"add_bias_kv", kBool, false, "bias_k"},
            {"add_zero_attn", kBool, false},
            {"kdim", kInt | kNone, none},
            {"vdim", kInt | kNone, none},
            {"batch_first", kBool, false},
            device_parameter(),
            dtype_parameter()},
           multihead_attention,
           {"query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal"},
           3}};
}

}  // namespace weightport::libtorch
