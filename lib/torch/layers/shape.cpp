// SPDX-License-Identifier: MIT
// Layers that move elements about, and distances.
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

Forward flatten(Builder &, const Settings &settings) {
  return unary([start = settings.integer("start_dim"), end = settings.integer("end_dim")](const at::Tensor &x) {
    return at::flatten(x, start, end);
  });
}

Forward unflatten(Builder &, const Settings &settings) {
  return unary([dim = settings.integer("dim"), sizes = settings.ints("unflattened_size")](const at::Tensor &x) {
    return x.unflatten(dim, sizes);
  });
}

// Of functions with one int beside the tensor, which is at least 1.
LayerClass with_factor(const char *name, const char *factor, at::Tensor (*function)(const at::Tensor &, int64_t)) {
  return {name, {{factor, kInt}}, [=](Builder &, const Settings &settings) {
            return unary([=, by = settings.positive(factor)](const at::Tensor &x) { return function(x, by); });
          }};
}

Forward unfold(Builder &, const Settings &settings) {
  return unary(
      [kernel = settings.ints("kernel_size", 2), dilation = settings.ints("dilation", 2), padding = settings.ints("padding", 2),
       stride = settings.ints("stride", 2)](const at::Tensor &x) { return at::im2col(x, kernel, dilation, padding, stride); });
}

Forward fold(Builder &, const Settings &settings) {
  return unary([size = settings.ints("output_size", 2), kernel = settings.ints("kernel_size", 2),
                dilation = settings.ints("dilation", 2), padding = settings.ints("padding", 2),
                stride = settings.ints("stride", 2)](const at::Tensor &x) {
    return at::col2im(x, size, kernel, dilation, padding, stride);
  });
}

Forward cosine_similarity(Builder &, const Settings &settings) {
  return [dim = settings.integer("dim"), eps = settings.number("eps")](const Layer &, const Inputs &inputs) {
    return at::cosine_similarity(inputs.tensor(0), inputs.tensor(1), dim, eps);
  };
}

Forward pairwise_distance(Builder &, const Settings &settings) {
  double p = settings.number("p"), eps = settings.number("eps");
  return [=, keepdim = settings.flag("keepdim")](const Layer &, const Inputs &inputs) {
    return at::pairwise_distance(inputs.tensor(0), inputs.tensor(1), p, eps, keepdim);
  };
}

}  // namespace

LayerClasses shape_classes() {
  constexpr unsigned kPerDim = kInt | kInts;
  const Parameter kernel{"kernel_size", kPerDim}, dilation{"dilation", kPerDim, 1}, padding{"padding", kPerDim, 0};
  const Parameter stride{"stride", kPerDim, 1};
  return {
      {"Flatten", {{"start_dim", kInt, 1}, {"end_dim", kInt, -1}}, flatten},
      {"Unflatten", {{"dim", kInt}, {"unflattened_size", kInt | kInts}}, unflatten},
      with_factor("PixelShuffle", "upscale_factor", [](const at::Tensor &x, int64_t n) { return at::pixel_shuffle(x, n); }),
      with_factor("PixelUnshuffle", "downscale_factor",
                  [](const at::Tensor &x, int64_t n) { return at::pixel_unshuffle(x, n); }),
      with_factor("ChannelShuffle", "groups", [](const at::Tensor &x, int64_t n) { return at::channel_shuffle(x, n); }),
      {"Unfold", {kernel, dilation, padding, stride}, unfold},
      {"Fold", {{"output_size", kPerDim}, kernel, dilation, padding, stride}, fold},
      {"CosineSimilarity", {{"dim", kInt, 1}, {"eps", kFloat, 1e-8}}, cosine_similarity, {"x1", "x2"}, 2},
      {"PairwiseDistance",
       {{"p", kFloat, 2.0, nullptr, "norm"}, {"eps", kFloat, 1e-6}, {"keepdim", kBool, false}},
       pairwise_distance,
       {"x1", "x2"},
       2},
  };
}

}  // namespace weightport::libtorch
