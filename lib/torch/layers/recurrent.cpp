// SPDX-License-Identifier: MIT
// After torch/nn/modules/rnn.py.
#include <algorithm>
#include <tuple>

#include "layers/common.hpp"
#include "layers/init.hpp"
#include "layers/stack.hpp"

namespace weightport::libtorch {
namespace {

using Run = std::tuple<at::Tensor, at::Tensor> (*)(const at::Tensor &, const at::Tensor &, at::TensorList, bool, int64_t,
                                                   double, bool, bool, bool);

enum class Cell { kTanh, kRelu, kLstm, kGru };

struct Recurrent {
  Cell cell;
  int64_t hidden_size, num_layers, proj_size;
  bool bias, batch_first, bidirectional;
  double dropout;

  int64_t directions() const { return bidirectional ? 2 : 1; }
  // What each step gives to the next one.
  int64_t state_size() const { return proj_size ? proj_size : hidden_size; }

  // What a hidden state of a batch has to be; zeros where none is given.
  void prepare(at::Tensor &state, const at::Tensor &x, bool is_batched, int64_t size) const {
    int64_t batch = x.size(batch_first ? 0 : 1);
    std::vector<int64_t> shape{num_layers * directions(), batch, size};
    if (!state.defined()) state = at::zeros(shape, x.options().requires_grad(false));
    if (!is_batched && state.dim() == 2) state = state.unsqueeze(1);
    check_input(state.sizes() == at::IntArrayRef(shape), "a hidden state has another shape than [", shape[0], ", ", shape[1],
                ", ", shape[2], "], or lacks the batch that the input has");
  }

  c10::IValue operator()(const Layer &layer, const Inputs &inputs) const {
    at::Tensor x = inputs.tensor(0);
    check_input(x.dim() == 2 || x.dim() == 3, layer.layer_class().name, " takes a tensor of 2 or 3 dimensions, not ", x.dim());
    bool is_batched = x.dim() == 3;
    int64_t batch_dim = batch_first ? 0 : 1;
    if (!is_batched) x = x.unsqueeze(batch_dim);
    auto unbatch = [&](const at::Tensor &y, int64_t dim) { return is_batched ? y : y.squeeze(dim); };
    std::vector<at::Tensor> weights = layer.own_parameters();
    check_input(x.size(2) == weights[0].size(1), "input has ", x.size(2), " features, not ", weights[0].size(1));
    bool training = layer.is_training();
    if (cell == Cell::kLstm) {
      std::vector<at::Tensor> hx = inputs.tensors(1);
      if (!hx.empty() && hx.size() != 2) inputs.mismatch(1, "a tuple of two tensors");
      hx.resize(2);
      prepare(hx[0], x, is_batched, state_size());
      prepare(hx[1], x, is_batched, hidden_size);
      auto [y, h, c] = at::lstm(x, hx, weights, bias, num_layers, dropout, training, bidirectional, batch_first);
      return std::make_tuple(unbatch(y, batch_dim), std::make_tuple(unbatch(h, 1), unbatch(c, 1)));
    }
    at::Tensor hx = inputs.optional_tensor(1);
    prepare(hx, x, is_batched, hidden_size);
    Run run = at::rnn_relu;
    if (cell == Cell::kTanh) run = at::rnn_tanh;
    if (cell == Cell::kGru) run = at::gru;
    auto [y, h] = run(x, hx, weights, bias, num_layers, dropout, training, bidirectional, batch_first);
    return std::make_tuple(unbatch(y, batch_dim), unbatch(h, 1));
  }
};

// In the order in which libtorch takes them.
std::vector<at::Tensor> add_weights(Builder &build, const Recurrent &made, int64_t input_size) {
  std::vector<at::Tensor> weights;
  auto add = [&](const std::string &name, at::IntArrayRef shape) { weights.push_back(build.parameter(name, shape)); };
  int64_t gates = made.hidden_size * (made.cell == Cell::kLstm ? 4 : made.cell == Cell::kGru ? 3 : 1);
  for (int64_t i = 0; i < made.num_layers; i++) {
    for (int64_t direction = 0; direction < made.directions(); direction++) {
      std::string suffix = concat("_l", i, direction ? "_reverse" : "");
      add("weight_ih" + suffix, {gates, i ? made.state_size() * made.directions() : input_size});
      add("weight_hh" + suffix, {gates, made.state_size()});
      if (made.bias) {
        add("bias_ih" + suffix, {gates});
        add("bias_hh" + suffix, {gates});
      }
      if (made.proj_size) add("weight_hr" + suffix, {made.proj_size, made.hidden_size});
    }
  }
  return weights;
}

Forward recurrent(Builder &build, const Settings &settings, Cell cell) {
  Recurrent made{cell,
                 settings.positive("hidden_size"),
                 stacked_layers(settings),
                 cell == Cell::kLstm ? settings.integer("proj_size") : 0,
                 settings.flag("bias"),
                 settings.flag("batch_first"),
                 settings.flag("bidirectional"),
                 settings.number("dropout")};
  if (made.num_layers < 1) settings.refuse("num_layers", WP_ERROR_INVALID_ARGUMENT, "is less than 1");
  if (made.proj_size < 0 || made.proj_size >= made.hidden_size) {
    settings.refuse("proj_size", WP_ERROR_INVALID_ARGUMENT, "is not less than hidden_size");
  }
  if (!(made.dropout >= 0 && made.dropout <= 1)) settings.refuse("dropout", WP_ERROR_INVALID_ARGUMENT, "is no probability");
  std::vector<at::Tensor> weights = add_weights(build, made, settings.integer("input_size"));
  std::vector<at::Tensor> own = build.layer().own_parameters();
  auto is_same = [](const at::Tensor &a, const at::Tensor &b) { return a.is_same(b); };
  if (!std::equal(weights.begin(), weights.end(), own.begin(), own.end(), is_same)) {
    settings.refuse("weights", WP_ERROR_MISMATCH, "are not in PyTorch's order");
  }
  if (build.fresh()) {
    for (const at::Tensor &weight : weights) init_uniform_of(made.hidden_size, weight);
  }
  return made;
}

}  // namespace

LayerClasses recurrent_classes() {
  std::vector<Parameter> common{{"input_size", kInt},
                                {"hidden_size", kInt},
                                {"num_layers", kInt, 1},
                                {"bias", kBool, true},
                                {"batch_first", kBool, false},
                                {"dropout", kFloat, 0.0},
                                {"bidirectional", kBool, false},
                                device_parameter(),
                                dtype_parameter()};
  std::vector<Parameter> rnn = common, lstm = common;
  rnn.insert(rnn.begin() + 3, {"nonlinearity", kText, "tanh"});
  lstm.insert(lstm.end() - 2, {"proj_size", kInt, 0});
  const std::vector<std::string_view> takes{"input", "hx"};
  return {
      {"RNN", rnn,
       [](Builder &build, const Settings &settings) {
         bool tanh = settings.choice("nonlinearity", {"tanh", "relu"}) == "tanh";
         return recurrent(build, settings, tanh ? Cell::kTanh : Cell::kRelu);
       },
       takes},
      {"LSTM", lstm, [](Builder &build, const Settings &settings) { return recurrent(build, settings, Cell::kLstm); }, takes},
      {"GRU", common, [](Builder &build, const Settings &settings) { return recurrent(build, settings, Cell::kGru); }, takes}};
}

}  // namespace weightport::libtorch
