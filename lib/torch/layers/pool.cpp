// SPDX-License-Identifier: MIT
#include <cmath>
#include <tuple>

#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

using Ints = std::vector<int64_t>;

c10::IValue with_indices(std::tuple<at::Tensor, at::Tensor> result, bool wanted) {
  if (!wanted) return std::get<0>(std::move(result));
  return result;
}

// The kernel's size, unless a stride is given.
Ints stride_of(const Settings &settings, size_t dims) {
  return settings.positive_ints(settings.is_none("stride") ? "kernel_size" : "stride", dims);
}

Forward max_pool(Builder &, const Settings &settings, size_t dims) {
  Ints kernel = settings.positive_ints("kernel_size", dims), stride = stride_of(settings, dims);
  Ints padding = settings.ints("padding", dims), dilation = settings.positive_ints("dilation", dims);
  bool ceil = settings.flag("ceil_mode"), indices = settings.flag("return_indices");
  return unary([=](const at::Tensor &x) -> c10::IValue {
    if (indices) {
      if (dims == 1) return at::max_pool1d_with_indices(x, kernel, stride, padding, dilation, ceil);
      if (dims == 2) return at::max_pool2d_with_indices(x, kernel, stride, padding, dilation, ceil);
      return at::max_pool3d_with_indices(x, kernel, stride, padding, dilation, ceil);
    }
    if (dims == 1) return at::max_pool1d(x, kernel, stride, padding, dilation, ceil);
    if (dims == 2) return at::max_pool2d(x, kernel, stride, padding, dilation, ceil);
    return at::max_pool3d(x, kernel, stride, padding, dilation, ceil);
  });
}

Forward avg_pool(Builder &, const Settings &settings, size_t dims) {
  Ints kernel = settings.positive_ints("kernel_size", dims), stride = stride_of(settings, dims);
  Ints padding = settings.ints("padding", dims);
  bool ceil = settings.flag("ceil_mode"), count_pad = settings.flag("count_include_pad");
  if (dims == 1) {
    return unary([=](const at::Tensor &x) { return at::avg_pool1d(x, kernel, stride, padding, ceil, count_pad); });
  }
  std::optional<int64_t> divisor;
  if (!settings.is_none("divisor_override")) divisor = settings.positive("divisor_override");
  return unary([=](const at::Tensor &x) {
    // libtorch's own optional type differs by version.
    if (dims == 2) {
      return divisor ? at::avg_pool2d(x, kernel, stride, padding, ceil, count_pad, *divisor)
                     : at::avg_pool2d(x, kernel, stride, padding, ceil, count_pad);
    }
    return divisor ? at::avg_pool3d(x, kernel, stride, padding, ceil, count_pad, *divisor)
                   : at::avg_pool3d(x, kernel, stride, padding, ceil, count_pad);
  });
}

Forward lp_pool(Builder &, const Settings &settings, size_t dims) {
  Ints kernel = settings.positive_ints("kernel_size", dims), stride = stride_of(settings, dims);
  double p = settings.number("norm_type");
  bool ceil = settings.flag("ceil_mode");
  double count = 1;
  for (int64_t size : kernel) count *= static_cast<double>(size);
  return unary([=](const at::Tensor &x) {
    at::Tensor powers = x.pow(p), mean;
    if (dims == 1) mean = at::avg_pool1d(powers, kernel, stride, {0}, ceil);
    if (dims == 2) mean = at::avg_pool2d(powers, kernel, stride, {0, 0}, ceil);
    if (dims == 3) mean = at::avg_pool3d(powers, kernel, stride, {0, 0, 0}, ceil);
    return (at::sign(mean) * at::relu(at::abs(mean))).mul(count).pow(1 / p);
  });
}

Forward max_unpool(Builder &, const Settings &settings, size_t dims) {
  Ints kernel = settings.positive_ints("kernel_size", dims), stride = stride_of(settings, dims);
  Ints padding = settings.ints("padding", dims);
  return [=](const Layer &layer, const Inputs &inputs) {
    at::Tensor x = inputs.tensor(0), indices = inputs.tensor(1);
    Ints size = inputs.ints(2);
    check_input(x.dim() >= static_cast<int64_t>(dims), layer.layer_class().name, "'s input has too few dimensions");
    if (size.size() == dims + 2) size.erase(size.begin(), size.begin() + 2);
    check_input(size.empty() || size.size() == dims, "output_size has ", size.size(), " numbers, not ", dims);
    bool is_given = !size.empty();
    size.resize(dims);
    for (size_t i = 0; i < dims; i++) {
      int64_t usual =
          (x.size(static_cast<int64_t>(i) - static_cast<int64_t>(dims)) - 1) * stride[i] + kernel[i] - 2 * padding[i];
      check_input(!is_given || std::abs(size[i] - usual) < stride[i], "output_size ", size[i], " is too far from ", usual);
      if (!is_given) size[i] = usual;
    }
    if (dims == 1) return at::max_unpool2d(x.unsqueeze(-1), indices.unsqueeze(-1), {size[0], 1}).squeeze(-1);
    if (dims == 2) return at::max_unpool2d(x, indices, size);
    return at::max_unpool3d(x, indices, size, stride, padding);
  };
}

Forward fractional_max_pool(Builder &, const Settings &settings, size_t dims) {
  Ints kernel = settings.positive_ints("kernel_size", dims), fixed;
  std::vector<double> ratio;
  bool by_ratio = settings.is_none("output_size");
  if (by_ratio == settings.is_none("output_ratio")) {
    settings.refuse("output_size", WP_ERROR_INVALID_ARGUMENT, "or output_ratio has to be given, and not both");
  }
  if (by_ratio) {
    ratio = settings.numbers("output_ratio");
    ratio.resize(dims, ratio.at(0));
  } else {
    fixed = settings.ints("output_size", dims);
  }
  bool indices = settings.flag("return_indices");
  return unary([=](const at::Tensor &x) {
    auto count = static_cast<int64_t>(dims);
    check_input(x.dim() == count + 1 || x.dim() == count + 2, "a fractional pool takes a tensor of ", dims + 1, " or ",
                dims + 2, " dimensions, not ", x.dim());
    Ints size = fixed;
    for (size_t i = 0; i < ratio.size(); i++) {
      size.push_back(static_cast<int64_t>(static_cast<double>(x.size(static_cast<int64_t>(i) - count)) * ratio[i]));
    }
    int64_t batch = x.dim() == count + 1 ? 1 : x.size(0);
    at::Tensor samples = at::rand({batch, x.size(-count - 1), count}, x.options());
    return with_indices(
        dims == 2 ? at::fractional_max_pool2d(x, kernel, size, samples) : at::fractional_max_pool3d(x, kernel, size, samples),
        indices);
  });
}

using Make = Forward (*)(Builder &, const Settings &, size_t);

LayerClass of_dims(const std::string &name, size_t dims, Make make, std::vector<Parameter> parameters) {
  return {name + std::to_string(dims) + "d", std::move(parameters),
          [=](Builder &build, const Settings &settings) { return make(build, settings, dims); }};
}

}  // namespace

LayerClasses pool_classes() {
  constexpr unsigned kPerDim = kInt | kInts;
  const c10::IValue none;
  const Parameter kernel{"kernel_size", kPerDim}, stride{"stride", kPerDim | kNone, none}, padding{"padding", kPerDim, 0};
  const Parameter ceil{"ceil_mode", kBool, false}, indices{"return_indices", kBool, false};
  const Parameter count_pad{"count_include_pad", kBool, true}, divisor{"divisor_override", kInt | kNone, none};
  LayerClasses classes;
  for (size_t dims = 1; dims <= 3; dims++) {
    classes.push_back(of_dims("MaxPool", dims, max_pool, {kernel, stride, padding, {"dilation", kPerDim, 1}, indices, ceil}));
    std::vector<Parameter> averaging{kernel, stride, padding, ceil, count_pad, divisor};
    if (dims == 1) averaging.pop_back();
    classes.push_back(of_dims("AvgPool", dims, avg_pool, averaging));
    classes.push_back(of_dims("LPPool", dims, lp_pool, {{"norm_type", kFloat}, kernel, stride, ceil}));
    classes.push_back(of_dims("MaxUnpool", dims, max_unpool, {kernel, stride, padding}));
    classes.back().takes = {"input", "indices", "output_size"};
    classes.back().required = 2;
    if (dims == 1) continue;
    classes.push_back(
        of_dims("FractionalMaxPool", dims, fractional_max_pool,
                {kernel, {"output_size", kPerDim | kNone, none}, {"output_ratio", kFloat | kFloats | kNone, none}, indices}));
  }
  return classes;
}

}  // namespace weightport::libtorch
