// SPDX-License-Identifier: MIT
#include "layers/common.hpp"
#include "layers/init.hpp"

namespace weightport::libtorch {
namespace {

struct CellWeights {
  at::Tensor weight_ih, weight_hh, bias_ih, bias_hh;
  explicit CellWeights(const Layer &layer)
      : weight_ih(layer.tensor("weight_ih")),
        weight_hh(layer.tensor("weight_hh")),
        bias_ih(layer.tensor("bias_ih")),
        bias_hh(layer.tensor("bias_hh")) {}
};

// Returns the hidden size.
int64_t add_weights(Builder &build, const Settings &settings, int64_t gates) {
  int64_t hidden = settings.positive("hidden_size");
  build.parameter("weight_ih", {gates * hidden, settings.integer("input_size")});
  build.parameter("weight_hh", {gates * hidden, hidden});
  if (settings.flag("bias")) {
    build.parameter("bias_ih", {gates * hidden});
    build.parameter("bias_hh", {gates * hidden});
  }
  if (build.fresh()) {
    for (const at::Tensor &weight : build.layer().own_parameters()) init_uniform_of(hidden, weight);
  }
  return hidden;
}

// One step of a batch; an input without one gets a batch of one.
at::Tensor prepare(const Layer &layer, const at::Tensor &x) {
  check_input(x.dim() == 1 || x.dim() == 2, layer.layer_class().name, " takes a tensor of 1 or 2 dimensions, not ", x.dim());
  return x.dim() == 1 ? x.unsqueeze(0) : x;
}

at::Tensor prepare_state(const at::Tensor &state, const at::Tensor &x, bool is_batched, int64_t hidden) {
  if (!state.defined()) return at::zeros({x.size(0), hidden}, x.options().requires_grad(false));
  return is_batched ? state : state.unsqueeze(0);
}

using Step = at::Tensor (*)(const at::Tensor &x, const at::Tensor &h, const CellWeights &w);

Forward simple_cell(Builder &build, const Settings &settings, int64_t gates, Step step) {
  int64_t hidden = add_weights(build, settings, gates);
  return [=](const Layer &layer, const Inputs &inputs) {
    bool is_batched = inputs.tensor(0).dim() != 1;
    at::Tensor x = prepare(layer, inputs.tensor(0));
    at::Tensor y = step(x, prepare_state(inputs.optional_tensor(1), x, is_batched, hidden), CellWeights(layer));
    return is_batched ? y : y.squeeze(0);
  };
}

Forward lstm_cell(Builder &build, const Settings &settings) {
  int64_t hidden = add_weights(build, settings, 4);
  return [=](const Layer &layer, const Inputs &inputs) {
    bool is_batched = inputs.tensor(0).dim() != 1;
    at::Tensor x = prepare(layer, inputs.tensor(0));
    std::vector<at::Tensor> hx = inputs.tensors(1);
    if (!hx.empty() && hx.size() != 2) inputs.mismatch(1, "a tuple of two tensors");
    hx.resize(2);
    for (at::Tensor &state : hx) state = prepare_state(state, x, is_batched, hidden);
    CellWeights w(layer);
    auto [h, c] = at::lstm_cell(x, hx, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh);
    return is_batched ? std::make_tuple(h, c) : std::make_tuple(h.squeeze(0), c.squeeze(0));
  };
}

Forward rnn_cell(Builder &build, const Settings &settings) {
  if (settings.choice("nonlinearity", {"tanh", "relu"}) == "relu") {
    return simple_cell(build, settings, 1, [](const at::Tensor &x, const at::Tensor &h, const CellWeights &w) {
      return at::rnn_relu_cell(x, h, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh);
    });
  }
  return simple_cell(build, settings, 1, [](const at::Tensor &x, const at::Tensor &h, const CellWeights &w) {
    return at::rnn_tanh_cell(x, h, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh);
  });
}

Forward gru_cell(Builder &build, const Settings &settings) {
  return simple_cell(build, settings, 3, [](const at::Tensor &x, const at::Tensor &h, const CellWeights &w) {
    return at::gru_cell(x, h, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh);
  });
}

}  // namespace

LayerClasses recurrent_cell_classes() {
  const std::vector<Parameter> common{
      {"input_size", kInt}, {"hidden_size", kInt}, {"bias", kBool, true}, device_parameter(), dtype_parameter()};
  std::vector<Parameter> rnn = common;
  rnn.insert(rnn.begin() + 3, {"nonlinearity", kText, "tanh"});
  const std::vector<std::string_view> takes{"input", "hx"};
  return {{"RNNCell", rnn, rnn_cell, takes}, {"LSTMCell", common, lstm_cell, takes}, {"GRUCell", common, gru_cell, takes}};
}

}  // namespace weightport::libtorch
