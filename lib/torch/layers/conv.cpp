// SPDX-License-Identifier: MIT
#include <algorithm>

#include "layers/common.hpp"
#include "layers/init.hpp"

namespace weightport::libtorch {
namespace {

using Ints = std::vector<int64_t>;

// at::pad takes the last dimension first.
at::Tensor pad(const at::Tensor &x, const Ints &before, const Ints &after, const std::string &mode) {
  Ints both;
  for (size_t i = before.size(); i-- > 0;) both.insert(both.end(), {before[i], after[i]});
  return mode == "zeros" ? at::constant_pad_nd(x, both) : at::pad(x, both, mode);
}

struct Convolution {
  Ints stride, dilation, before, after;  // padding of each dimension
  int64_t groups;
  std::string padding_mode;
  size_t dims;

  at::Tensor operator()(const Layer &layer, at::Tensor x) const {
    // Different widths on both sides, and anything but zeros, are filled in before.
    bool by_itself = padding_mode == "zeros" && before == after;
    if (!by_itself) x = pad(x, before, after, padding_mode);
    Ints padding = by_itself ? before : Ints(dims, 0);
    at::Tensor weight = layer.tensor("weight"), bias = layer.tensor("bias");
    switch (dims) {
      case 1:
        return at::conv1d(x, weight, bias, stride, padding, dilation, groups);
      case 2:
        return at::conv2d(x, weight, bias, stride, padding, dilation, groups);
      default:
        return at::conv3d(x, weight, bias, stride, padding, dilation, groups);
    }
  }
};

int64_t checked_groups(const Settings &settings) {
  int64_t groups = settings.positive("groups");
  for (const char *channels : {"in_channels", "out_channels"}) {
    if (settings.integer(channels) % groups) {
      settings.refuse(channels, WP_ERROR_INVALID_ARGUMENT, "is no multiple of its groups, which are ", groups);
    }
  }
  return groups;
}

// `shape` begins with the channels and ends with the kernel.
void add_weights(Builder &build, const Settings &settings, const Ints &shape) {
  at::Tensor weight = build.parameter("weight", shape), bias;
  if (settings.flag("bias")) bias = build.parameter("bias", {settings.integer("out_channels")});
  if (build.fresh()) init_weight_and_bias(weight, bias);
}

void set_padding(Convolution &made, const Settings &settings, const Ints &kernel) {
  if (!settings.is_text("padding")) {
    made.before = made.after = settings.ints("padding", made.dims);
    return;
  }
  made.before = made.after = Ints(made.dims, 0);
  if (settings.choice("padding", {"same", "valid"}) == "valid") return;
  for (size_t i = 0; i < made.dims; i++) {
    if (made.stride[i] != 1) settings.refuse("padding", WP_ERROR_INVALID_ARGUMENT, "\"same\" needs a stride of 1");
    int64_t total = made.dilation[i] * (kernel[i] - 1);
    made.before[i] = total / 2;
    made.after[i] = total - total / 2;
  }
}

Forward convolution(Builder &build, const Settings &settings, size_t dims) {
  Ints kernel = settings.positive_ints("kernel_size", dims);
  Convolution made{settings.positive_ints("stride", dims),
                   settings.positive_ints("dilation", dims),
                   {},
                   {},
                   checked_groups(settings),
                   settings.choice("padding_mode", {"zeros", "reflect", "replicate", "circular"}),
                   dims};
  set_padding(made, settings, kernel);
  Ints shape{settings.integer("out_channels"), settings.integer("in_channels") / made.groups};
  shape.insert(shape.end(), kernel.begin(), kernel.end());
  add_weights(build, settings, shape);
  return [made](const Layer &layer, const Inputs &inputs) { return made(layer, inputs.tensor(0)); };
}

struct TransposedConvolution {
  Ints kernel, stride, padding, output_padding, dilation;
  int64_t groups;
  size_t dims;

  // What `output_size` asks for beyond the smallest size that has this input as its convolution.
  Ints extra(const at::Tensor &x, Ints output_size) const {
    if (output_size.empty()) return output_padding;
    auto leading = static_cast<size_t>(x.dim()) - dims;
    if (output_size.size() == leading + dims) output_size.erase(output_size.begin(), output_size.end() - ptrdiff_t(dims));
    check_input(output_size.size() == dims, "output_size has ", output_size.size(), " numbers, not ", dims);
    Ints extra(dims);
    for (size_t i = 0; i < dims; i++) {
      int64_t smallest =
          (x.size(static_cast<int64_t>(leading + i)) - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + 1;
      extra[i] = output_size[i] - smallest;
      check_input(extra[i] >= 0 && extra[i] < stride[i], "output_size ", output_size[i], " is not between ", smallest, " and ",
                  smallest + stride[i] - 1);
    }
    return extra;
  }

  at::Tensor operator()(const Layer &layer, const at::Tensor &x, const Ints &output_size) const {
    check_input(x.dim() == int64_t(dims) + 1 || x.dim() == int64_t(dims) + 2, layer.layer_class().name, " takes a tensor of ",
                dims + 1, " or ", dims + 2, " dimensions, not ", x.dim());
    Ints more = extra(x, output_size);
    at::Tensor weight = layer.tensor("weight"), bias = layer.tensor("bias");
    switch (dims) {
      case 1:
        return at::conv_transpose1d(x, weight, bias, stride, padding, more, groups, dilation);
      case 2:
        return at::conv_transpose2d(x, weight, bias, stride, padding, more, groups, dilation);
      default:
        return at::conv_transpose3d(x, weight, bias, stride, padding, more, groups, dilation);
    }
  }
};

Forward transposed(Builder &build, const Settings &settings, size_t dims) {
  settings.choice("padding_mode", {"zeros"});
  TransposedConvolution made{settings.positive_ints("kernel_size", dims),
                             settings.positive_ints("stride", dims),
                             settings.ints("padding", dims),
                             settings.ints("output_padding", dims),
                             settings.positive_ints("dilation", dims),
                             checked_groups(settings),
                             dims};
  Ints shape{settings.integer("in_channels"), settings.integer("out_channels") / made.groups};
  shape.insert(shape.end(), made.kernel.begin(), made.kernel.end());
  add_weights(build, settings, shape);
  return [made](const Layer &layer, const Inputs &inputs) { return made(layer, inputs.tensor(0), inputs.ints(1)); };
}

}  // namespace

LayerClasses conv_classes() {
  constexpr unsigned kPerDim = kInt | kInts;
  const Parameter bias{"bias", kBool, true, "bias"}, groups{"groups", kInt, 1}, mode{"padding_mode", kText, "zeros"};
  const std::vector<Parameter> plain{{"in_channels", kInt},
                                     {"out_channels", kInt},
                                     {"kernel_size", kPerDim},
                                     {"stride", kPerDim, 1},
                                     {"padding", kPerDim | kText, 0},
                                     {"dilation", kPerDim, 1},
                                     groups,
                                     bias,
                                     mode,
                                     device_parameter(),
                                     dtype_parameter()};
  const std::vector<Parameter> transposing{{"in_channels", kInt},
                                           {"out_channels", kInt},
                                           {"kernel_size", kPerDim},
                                           {"stride", kPerDim, 1},
                                           {"padding", kPerDim, 0},
                                           {"output_padding", kPerDim, 0},
                                           groups,
                                           bias,
                                           {"dilation", kPerDim, 1},
                                           mode,
                                           device_parameter(),
                                           dtype_parameter()};
  LayerClasses classes;
  for (size_t dims = 1; dims <= 3; dims++) {
    std::string suffix = std::to_string(dims) + "d";
    classes.push_back({"Conv" + suffix, plain, [dims](Builder &b, const Settings &s) { return convolution(b, s, dims); }});
    classes.push_back({"ConvTranspose" + suffix,
                       transposing,
                       [dims](Builder &b, const Settings &s) { return transposed(b, s, dims); },
                       {"input", "output_size"}});
  }
  return classes;
}

}  // namespace weightport::libtorch
