// SPDX-License-Identifier: MIT
// After torch.nn.functional.interpolate.
#include <cmath>

#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<double>;

struct Upsampling {
  std::string mode;
  bool align_corners, recompute_scale_factor;
  Ints size;  // one for all dimensions, or one each; empty where factors are given
  Floats factors;

  at::Tensor operator()(const at::Tensor &x) const {
    int64_t dims = x.dim() - 2;
    check_input(dims >= 1 && dims <= 3, "an upsampling takes a tensor of 3 to 5 dimensions, not ", x.dim());
    if (size.empty() && !recompute_scale_factor) return by_factor(x, each(factors, dims), dims);
    return to_size(x, size.empty() ? scaled(x, each(factors, dims)) : each(size, dims), dims);
  }

 private:
  template <class List>
  static List each(List list, int64_t dims) {
    if (list.size() == 1) list.resize(static_cast<size_t>(dims), list[0]);
    check_input(static_cast<int64_t>(list.size()) == dims, "an upsampling has ", list.size(), " sizes or factors for ", dims,
                " dimensions");
    return list;
  }

  static Ints scaled(const at::Tensor &x, const Floats &factors) {
    Ints size;
    for (size_t i = 0; i < factors.size(); i++) {
      size.push_back(static_cast<int64_t>(std::floor(static_cast<double>(x.size(static_cast<int64_t>(i) + 2)) * factors[i])));
    }
    return size;
  }

  [[noreturn]] void no_such(int64_t dims) const {
    fail(WP_ERROR_TORCH, "the mode ", mode, " does not take a tensor of ", dims + 2, " dimensions");
  }

  at::Tensor to_size(const at::Tensor &x, const Ints &to, int64_t dims) const {
    if (mode == "area") {
      if (dims == 1) return at::adaptive_avg_pool1d(x, to);
      return dims == 2 ? at::adaptive_avg_pool2d(x, to) : at::adaptive_avg_pool3d(x, to);
    }
    if (mode == "nearest") {
      if (dims == 1) return at::upsample_nearest1d(x, to);
      return dims == 2 ? at::upsample_nearest2d(x, to) : at::upsample_nearest3d(x, to);
    }
    if (mode == "nearest-exact") {
      if (dims == 1) return at::_upsample_nearest_exact1d(x, to);
      return dims == 2 ? at::_upsample_nearest_exact2d(x, to) : at::_upsample_nearest_exact3d(x, to);
    }
    if (mode == "linear" && dims == 1) return at::upsample_linear1d(x, to, align_corners);
    if (mode == "bilinear" && dims == 2) return at::upsample_bilinear2d(x, to, align_corners);
    if (mode == "bicubic" && dims == 2) return at::upsample_bicubic2d(x, to, align_corners);
    if (mode == "trilinear" && dims == 3) return at::upsample_trilinear3d(x, to, align_corners);
    no_such(dims);
  }

  at::Tensor by_factor(const at::Tensor &x, const Floats &by, int64_t dims) const {
    const at::OptionalIntArrayRef any;
    const at::ArrayRef<double> f(by);
    if (mode == "nearest") {
      if (dims == 1) return at::upsample_nearest1d(x, any, f);
      return dims == 2 ? at::upsample_nearest2d(x, any, f) : at::upsample_nearest3d(x, any, f);
    }
    if (mode == "nearest-exact") {
      if (dims == 1) return at::_upsample_nearest_exact1d(x, any, f);
      return dims == 2 ? at::_upsample_nearest_exact2d(x, any, f) : at::_upsample_nearest_exact3d(x, any, f);
    }
    if (mode == "linear" && dims == 1) return at::upsample_linear1d(x, any, align_corners, f);
    if (mode == "bilinear" && dims == 2) return at::upsample_bilinear2d(x, any, align_corners, f);
    if (mode == "bicubic" && dims == 2) return at::upsample_bicubic2d(x, any, align_corners, f);
    if (mode == "trilinear" && dims == 3) return at::upsample_trilinear3d(x, any, align_corners, f);
    no_such(dims);
  }
};

void set_target(Upsampling &made, const Settings &settings) {
  if (settings.is_none("size") == settings.is_none("scale_factor")) {
    settings.refuse("size", WP_ERROR_INVALID_ARGUMENT, "or scale_factor has to be given, and not both");
  }
  if (!settings.is_none("size")) made.size = settings.ints("size");
  if (!settings.is_none("scale_factor")) made.factors = settings.numbers("scale_factor");
}

Forward upsample(Builder &, const Settings &settings) {
  Upsampling made;
  made.mode = settings.choice("mode", {"nearest", "nearest-exact", "area", "linear", "bilinear", "bicubic", "trilinear"});
  bool takes_corners = made.mode.ends_with("linear") || made.mode == "bicubic";
  if (!settings.is_none("align_corners") && !takes_corners) {
    settings.refuse("align_corners", WP_ERROR_INVALID_ARGUMENT, "has no meaning for the mode ", made.mode);
  }
  made.align_corners = !settings.is_none("align_corners") && settings.flag("align_corners");
  made.recompute_scale_factor =
      made.mode == "area" || (!settings.is_none("recompute_scale_factor") && settings.flag("recompute_scale_factor"));
  set_target(made, settings);
  return unary(made);
}

LayerClass fixed(const char *name, const char *mode, bool align_corners, const std::vector<Parameter> &parameters) {
  return {name, parameters, [=](Builder &, const Settings &settings) {
            Upsampling made{mode, align_corners, false, {}, {}};
            set_target(made, settings);
            return unary(made);
          }};
}

}  // namespace

LayerClasses upsample_classes() {
  const std::vector<Parameter> target{{"size", kInt | kInts | kNone, c10::IValue()},
                                      {"scale_factor", kFloat | kFloats | kNone, c10::IValue()}};
  std::vector<Parameter> all = target;
  all.push_back({"mode", kText, "nearest"});
  all.push_back({"align_corners", kBool | kNone, c10::IValue()});
  all.push_back({"recompute_scale_factor", kBool | kNone, c10::IValue()});
  return {{"Upsample", all, upsample},
          fixed("UpsamplingNearest2d", "nearest", false, target),
          fixed("UpsamplingBilinear2d", "bilinear", true, target)};
}

}  // namespace weightport::libtorch
