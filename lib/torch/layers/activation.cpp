// SPDX-License-Identifier: MIT
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

const Parameter kInplace{"inplace", kBool, false};

using Unary = at::Tensor (*)(const at::Tensor &);
using InPlace = at::Tensor &(*)(at::Tensor &);

// Of functions that take nothing but the tensor.
LayerClass plain(const char *name, Unary function) {
  return {name, {}, [function](Builder &, const Settings &) { return unary(function); }};
}

LayerClass plain(const char *name, Unary function, InPlace in_place) {
  return {name, {kInplace}, [=](Builder &, const Settings &settings) {
            return unary(settings, function, [in_place](at::Tensor x) { return in_place(x); });
          }};
}

// Of functions with one number beside it.
template <class Function>
LayerClass with_number(const char *name, Parameter number, Function function) {
  return {name, {number}, [=](Builder &, const Settings &settings) {
            return unary([=, value = settings.number(number.name)](const at::Tensor &x) { return function(x, value); });
          }};
}

template <class Function, class InPlaceFunction>
LayerClass with_number(const char *name, Parameter number, Function function, InPlaceFunction in_place) {
  return {name, {number, kInplace}, [=](Builder &, const Settings &settings) {
            double value = settings.number(number.name);
            return unary(
                settings, [=](const at::Tensor &x) { return function(x, value); },
                [=](at::Tensor x) { return in_place(x, value); });
          }};
}

// Where no dimension is named, it depends on the input.
using OfDim = at::Tensor (*)(const at::Tensor &, int64_t);

LayerClass along(const char *name, OfDim function) {
  return {name, {{"dim", kInt | kNone, c10::IValue()}}, [function](Builder &, const Settings &settings) {
            std::optional<int64_t> given;
            if (!settings.is_none("dim")) given = settings.integer("dim");
            return unary([=](const at::Tensor &x) {
              int64_t usual = x.dim() == 0 || x.dim() == 1 || x.dim() == 3 ? 0 : 1;
              return function(x, given.value_or(usual));
            });
          }};
}

Forward hardtanh(double low, double high, const Settings &settings) {
  return unary(
      settings, [=](const at::Tensor &x) { return at::hardtanh(x, low, high); },
      [=](at::Tensor x) { return at::hardtanh_(x, low, high); });
}

Forward softplus(Builder &, const Settings &settings) {
  return unary([beta = settings.number("beta"), threshold = settings.number("threshold")](const at::Tensor &x) {
    return at::softplus(x, beta, threshold);
  });
}

Forward threshold(Builder &, const Settings &settings) {
  double limit = settings.number("threshold"), value = settings.number("value");
  return unary(
      settings, [=](const at::Tensor &x) { return at::threshold(x, limit, value); },
      [=](at::Tensor x) { return at::threshold_(x, limit, value); });
}

Forward gelu(Builder &, const Settings &settings) {
  return unary([approximate = settings.choice("approximate", {"none", "tanh"})](const at::Tensor &x) {
    return at::gelu(x, approximate);
  });
}

Forward rrelu(Builder &, const Settings &settings) {
  double lower = settings.number("lower"), upper = settings.number("upper");
  bool in_place = settings.flag("inplace");
  return [=](const Layer &layer, const Inputs &inputs) {
    at::Tensor x = inputs.tensor(0);
    return in_place ? at::rrelu_(x, lower, upper, layer.is_training()) : at::rrelu(x, lower, upper, layer.is_training());
  };
}

Forward prelu(Builder &build, const Settings &settings) {
  at::Tensor weight = build.parameter("weight", {settings.integer("num_parameters")});
  if (build.fresh()) weight.fill_(settings.number("init"));
  return [](const Layer &layer, const Inputs &inputs) { return at::prelu(inputs.tensor(0), layer.tensor("weight")); };
}

Forward glu(Builder &, const Settings &settings) {
  return unary([dim = settings.integer("dim")](const at::Tensor &x) { return at::glu(x, dim); });
}

Forward softmax2d(Builder &, const Settings &) {
  return unary([](const at::Tensor &x) {
    check_input(x.dim() == 3 || x.dim() == 4, "Softmax2d takes a tensor of 3 or 4 dimensions, not ", x.dim());
    return at::softmax(x, -3);
  });
}

}  // namespace

LayerClasses activation_classes() {
  using at::Tensor;
  return {
      plain("ReLU", at::relu, at::relu_),
      plain("SELU", at::selu, at::selu_),
      plain("SiLU", at::silu, at::silu_),
      plain("Mish", at::mish, at::mish_),
      plain("Hardsigmoid", at::hardsigmoid, at::hardsigmoid_),
      plain("Hardswish", at::hardswish, at::hardswish_),
      plain("Sigmoid", at::sigmoid),
      plain("Tanh", at::tanh),
      plain("LogSigmoid", at::log_sigmoid),
      plain("Tanhshrink", [](const Tensor &x) { return x - at::tanh(x); }),
      plain("Softsign", [](const Tensor &x) { return x / (at::abs(x) + 1); }),
      with_number(
          "ELU", {"alpha", kFloat, 1.0}, [](const Tensor &x, double alpha) { return at::elu(x, alpha); },
          [](Tensor &x, double alpha) { return at::elu_(x, alpha); }),
      with_number(
          "CELU", {"alpha", kFloat, 1.0}, [](const Tensor &x, double alpha) { return at::celu(x, alpha); },
          [](Tensor &x, double alpha) { return at::celu_(x, alpha); }),
      with_number(
          "LeakyReLU", {"negative_slope", kFloat, 0.01}, [](const Tensor &x, double slope) { return at::leaky_relu(x, slope); },
          [](Tensor &x, double slope) { return at::leaky_relu_(x, slope); }),
      with_number("Hardshrink", {"lambd", kFloat, 0.5}, [](const Tensor &x, double l) { return at::hardshrink(x, l); }),
      with_number("Softshrink", {"lambd", kFloat, 0.5}, [](const Tensor &x, double l) { return at::softshrink(x, l); }),
      along("Softmax", [](const Tensor &x, int64_t dim) { return at::softmax(x, dim); }),
      along("Softmin", [](const Tensor &x, int64_t dim) { return at::softmax(-x, dim); }),
      along("LogSoftmax", [](const Tensor &x, int64_t dim) { return at::log_softmax(x, dim); }),
      {"Softmax2d", {}, softmax2d},
      {"Hardtanh",
       {{"min_val", kFloat, -1.0}, {"max_val", kFloat, 1.0}, kInplace},
       [](Builder &, const Settings &settings) {
         return hardtanh(settings.number("min_val"), settings.number("max_val"), settings);
       }},
      {"ReLU6", {kInplace}, [](Builder &, const Settings &settings) { return hardtanh(0, 6, settings); }},
      {"Softplus", {{"beta", kFloat, 1.0}, {"threshold", kFloat, 20.0}}, softplus},
      {"Threshold", {{"threshold", kFloat}, {"value", kFloat}, kInplace}, threshold},
      {"GELU", {{"approximate", kText, "none"}}, gelu},
      {"RReLU", {{"lower", kFloat, 1. / 8}, {"upper", kFloat, 1. / 3}, kInplace}, rrelu},
      {"PReLU", {{"num_parameters", kInt, 1}, {"init", kFloat, 0.25}, device_parameter(), dtype_parameter()}, prelu},
      {"GLU", {{"dim", kInt, -1}}, glu},
  };
}

}  // namespace weightport::libtorch
