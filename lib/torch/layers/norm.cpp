// SPDX-License-Identifier: MIT
#include <limits>

#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

// A weight of ones and, where wanted, a bias of zeros.
void add_affine(Builder &build, at::IntArrayRef shape, bool with_bias) {
  at::Tensor weight = build.parameter("weight", shape), bias;
  if (with_bias) bias = build.parameter("bias", shape);
  if (!build.fresh()) return;
  weight.fill_(1);
  if (with_bias) bias.zero_();
}

Forward layer_norm(Builder &build, const Settings &settings) {
  std::vector<int64_t> shape = settings.ints("normalized_shape");
  if (settings.flag("elementwise_affine")) add_affine(build, shape, settings.flag("bias"));
  return [shape, eps = settings.number("eps")](const Layer &layer, const Inputs &inputs) {
    return at::layer_norm(inputs.tensor(0), shape, layer.tensor("weight"), layer.tensor("bias"), eps);
  };
}

double epsilon_of(at::ScalarType dtype) {
  switch (dtype) {
    case at::kDouble:
      return std::numeric_limits<double>::epsilon();
    case at::kHalf:
      return 0x1p-10;
    case at::kBFloat16:
      return 0x1p-7;
    default:
      return std::numeric_limits<float>::epsilon();
  }
}

// Written out, as libtorch has it from 2.4 on only.
Forward rms_norm(Builder &build, const Settings &settings) {
  std::vector<int64_t> shape = settings.ints("normalized_shape");
  if (settings.flag("elementwise_affine")) add_affine(build, shape, /*with_bias=*/false);
  std::optional<double> eps;
  if (!settings.is_none("eps")) eps = settings.number("eps");
  return [shape, eps](const Layer &layer, const Inputs &inputs) {
    at::Tensor x = inputs.tensor(0);
    auto dims = static_cast<int64_t>(shape.size());
    check_input(x.dim() >= dims && x.sizes().slice(static_cast<size_t>(x.dim() - dims)) == at::IntArrayRef(shape),
                "RMSNorm's input does not end in its normalized_shape");
    std::vector<int64_t> last;
    for (int64_t i = 1; i <= dims; i++) last.push_back(-i);
    bool narrow = x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16;
    at::Tensor wide = narrow ? x.to(at::kFloat) : x;
    at::Tensor mean = wide.pow(2).mean(last, /*keepdim=*/true);
    at::Tensor y = (wide * at::rsqrt(mean + eps.value_or(epsilon_of(x.scalar_type())))).to(x.scalar_type());
    at::Tensor weight = layer.tensor("weight");
    return weight.defined() ? y * weight : y;
  };
}

Forward group_norm(Builder &build, const Settings &settings) {
  int64_t groups = settings.positive("num_groups"), channels = settings.integer("num_channels");
  if (channels % groups) settings.refuse("num_channels", WP_ERROR_INVALID_ARGUMENT, "is no multiple of num_groups");
  if (settings.flag("affine")) add_affine(build, {channels}, /*with_bias=*/true);
  return [groups, eps = settings.number("eps")](const Layer &layer, const Inputs &inputs) {
    return at::group_norm(inputs.tensor(0), groups, layer.tensor("weight"), layer.tensor("bias"), eps);
  };
}

// Means of squares over a window of channels, as long as the channels reach.
at::Tensor mean_square_of_channels(const at::Tensor &x, int64_t before, int64_t after) {
  int64_t size = before + after + 1;
  at::Tensor square = at::constant_pad_nd((x * x).flatten(2).unsqueeze(1), {0, 0, before, after});
  return at::avg_pool2d(square, {size, 1}, {1, 1}).squeeze(1).view(x.sizes());
}

Forward local_response_norm(Builder &, const Settings &settings) {
  int64_t size = settings.positive("size");
  double alpha = settings.number("alpha"), beta = settings.number("beta"), k = settings.number("k");
  return unary([=](const at::Tensor &x) {
    check_input(x.dim() >= 3, "LocalResponseNorm takes a tensor of 3 or more dimensions, not ", x.dim());
    if (!x.numel()) return x;
    return x / mean_square_of_channels(x, size / 2, (size - 1) / 2).mul(alpha).add(k).pow(beta);
  });
}

Forward cross_map_lrn(Builder &, const Settings &settings) {
  int64_t size = settings.positive("size");
  double alpha = settings.number("alpha"), beta = settings.number("beta"), k = settings.number("k");
  return unary([=](const at::Tensor &x) {
    check_input(x.dim() == 4, "CrossMapLRN2d takes a tensor of 4 dimensions, not ", x.dim());
    // Of an even size PyTorch counts one channel less, but divides by the size.
    int64_t reach = (size - 1) / 2;
    double scale = alpha / static_cast<double>(size) * static_cast<double>(2 * reach + 1);
    return x * mean_square_of_channels(x, reach, reach).mul(scale).add(k).pow(-beta);
  });
}

}  // namespace

LayerClasses norm_classes() {
  const Parameter affine{"elementwise_affine", kBool, true};
  const std::vector<Parameter> response{{"size", kInt}, {"alpha", kFloat, 1e-4}, {"beta", kFloat, 0.75}, {"k", kFloat, 1.0}};
  return {
      {"LayerNorm",
       {{"normalized_shape", kInt | kInts},
        {"eps", kFloat, 1e-5},
        affine,
        {"bias", kBool, true, "bias"},
        device_parameter(),
        dtype_parameter()},
       layer_norm},
      {"RMSNorm",
       {{"normalized_shape", kInt | kInts},
        {"eps", kFloat | kNone, c10::IValue()},
        affine,
        device_parameter(),
        dtype_parameter()},
       rms_norm},
      {"GroupNorm",
       {{"num_groups", kInt},
        {"num_channels", kInt},
        {"eps", kFloat, 1e-5},
        {"affine", kBool, true},
        device_parameter(),
        dtype_parameter()},
       group_norm},
      {"LocalResponseNorm", response, local_response_norm},
      {"CrossMapLRN2d", response, cross_map_lrn},
  };
}

}  // namespace weightport::libtorch
