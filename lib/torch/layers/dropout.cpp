// SPDX-License-Identifier: MIT
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

using Drop = at::Tensor (*)(const at::Tensor &, double, bool);
using DropInPlace = at::Tensor &(*)(at::Tensor &, double, bool);

// `dims`: of the input without a batch; 0 where any will do. Feature dropout takes the second dimension for the channels, so
// that an input without a batch gets one.
LayerClass dropout(const char *name, Drop drop, DropInPlace in_place, int64_t dims) {
  auto make = [=](Builder &, const Settings &settings) -> Forward {
    double p = settings.number("p");
    if (!(p >= 0 && p <= 1)) settings.refuse("p", WP_ERROR_INVALID_ARGUMENT, "is no probability");
    return [=, in_place_wanted = settings.flag("inplace")](const Layer &layer, const Inputs &inputs) {
      at::Tensor x = inputs.tensor(0);
      bool lacks_batch = dims && x.dim() == dims;
      if (lacks_batch) x = x.unsqueeze(0);
      at::Tensor y = in_place_wanted ? in_place(x, p, layer.is_training()) : drop(x, p, layer.is_training());
      return lacks_batch ? y.squeeze(0) : y;
    };
  };
  return {name, {{"p", kFloat, 0.5}, {"inplace", kBool, false}}, make};
}

}  // namespace

LayerClasses dropout_classes() {
  return {dropout("Dropout", at::dropout, at::dropout_, 0), dropout("Dropout1d", at::feature_dropout, at::feature_dropout_, 2),
          // PyTorch takes three dimensions for a batch of one-dimensional inputs.
          dropout("Dropout2d", at::feature_dropout, at::feature_dropout_, 0),
          dropout("Dropout3d", at::feature_dropout, at::feature_dropout_, 4),
          dropout("AlphaDropout", at::alpha_dropout, at::alpha_dropout_, 0),
          dropout("FeatureAlphaDropout", at::feature_alpha_dropout, at::feature_alpha_dropout_, 0)};
}

}  // namespace weightport::libtorch
