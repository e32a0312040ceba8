// SPDX-License-Identifier: MIT
// After torch/nn/modules/batchnorm.py and instancenorm.py.
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

struct Statistics {
  int64_t dims;  // of the input without batch and channels
  std::optional<double> momentum;
  double eps;
  bool track;
};

Statistics add_statistics(Builder &build, const Settings &settings, int64_t dims) {
  int64_t features = settings.integer("num_features");
  if (settings.flag("affine")) {
    at::Tensor weight = build.parameter("weight", {features}), bias = build.parameter("bias", {features});
    if (build.fresh()) {
      weight.fill_(1);
      bias.zero_();
    }
  }
  Statistics made{dims, {}, settings.number("eps"), settings.flag("track_running_stats")};
  if (!settings.is_none("momentum")) made.momentum = settings.number("momentum");
  if (made.track) {
    at::Tensor mean = build.buffer("running_mean", {features}), var = build.buffer("running_var", {features});
    if (build.fresh()) {
      mean.zero_();
      var.fill_(1);
    }
    build.counter("num_batches_tracked");
  }
  return made;
}

void check_dims(const Layer &layer, const at::Tensor &x, int64_t least, int64_t most) {
  check_input(x.dim() >= least && x.dim() <= most, layer.layer_class().name, " takes a tensor of ", least,
              least == most ? "" : concat(" or ", most), " dimensions, not ", x.dim());
}

// One number cannot be normalized by its own mean: over the batch, for a batch norm, and all that is not a channel.
void check_more_than_one(const at::Tensor &x, bool over_batch) {
  int64_t count = over_batch ? x.size(0) : 1;
  for (int64_t i = 2; i < x.dim(); i++) count *= x.size(i);
  check_input(count != 1, "a normalization by the input's own statistics needs more than one value per channel");
}

Forward batch_norm(Builder &build, const Settings &settings, int64_t dims) {
  Statistics s = add_statistics(build, settings, dims);
  return [s](const Layer &layer, const Inputs &inputs) {
    at::Tensor x = inputs.tensor(0);
    check_dims(layer, x, s.dims == 1 ? 2 : s.dims + 2, s.dims + 2);
    bool training = layer.is_training();
    double factor = s.momentum.value_or(0);
    if (at::Tensor tracked = layer.tensor("num_batches_tracked"); training && s.track && tracked.defined()) {
      at::NoGradGuard no_grad;
      tracked.add_(1);
      if (!s.momentum) factor = 1 / tracked.item<double>();
    }
    at::Tensor mean, var;
    if (!training || s.track) mean = layer.tensor("running_mean"), var = layer.tensor("running_var");
    bool own_statistics = training || !mean.defined();
    if (own_statistics) check_more_than_one(x, /*over_batch=*/true);
    return at::batch_norm(x, layer.tensor("weight"), layer.tensor("bias"), mean, var, own_statistics, factor, s.eps,
                          /*cudnn_enabled=*/true);
  };
}

Forward instance_norm(Builder &build, const Settings &settings, int64_t dims) {
  Statistics s = add_statistics(build, settings, dims);
  return [s](const Layer &layer, const Inputs &inputs) {
    at::Tensor x = inputs.tensor(0);
    check_dims(layer, x, s.dims + 1, s.dims + 2);
    bool lacks_batch = x.dim() == s.dims + 1;
    if (lacks_batch) x = x.unsqueeze(0);
    bool own_statistics = layer.is_training() || !s.track;
    if (own_statistics) check_more_than_one(x, /*over_batch=*/false);
    at::Tensor y = at::instance_norm(x, layer.tensor("weight"), layer.tensor("bias"), layer.tensor("running_mean"),
                                     layer.tensor("running_var"), own_statistics, s.momentum.value_or(0), s.eps,
                                     /*cudnn_enabled=*/true);
    return lacks_batch ? y.squeeze(0) : y;
  };
}

std::vector<Parameter> parameters(bool otherwise) {
  return {{"num_features", kInt},
          {"eps", kFloat, 1e-5},
          {"momentum", kFloat | kNone, 0.1},
          {"affine", kBool, otherwise},
          {"track_running_stats", kBool, otherwise},
          device_parameter(),
          dtype_parameter()};
}

}  // namespace

LayerClasses batch_norm_classes() {
  LayerClasses classes;
  for (int64_t dims = 1; dims <= 3; dims++) {
    std::string suffix = std::to_string(dims) + "d";
    classes.push_back({"BatchNorm" + suffix, parameters(true),
                       [dims](Builder &build, const Settings &settings) { return batch_norm(build, settings, dims); }});
    classes.push_back({"InstanceNorm" + suffix, parameters(false),
                       [dims](Builder &build, const Settings &settings) { return instance_norm(build, settings, dims); }});
  }
  return classes;
}

}  // namespace weightport::libtorch
