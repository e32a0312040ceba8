// SPDX-License-Identifier: MIT
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>

#include "optim/optimizer_class.hpp"

namespace weightport::libtorch {
namespace {

// Adam and AdamW, which differ in when they apply weight_decay only.
template <class Optimizer, class Options, class State>
class AdamLike final : public OptimizerClassOf<Optimizer, Options, State> {
 public:
  AdamLike(const char *name, std::string_view defaults) : OptimizerClassOf<Optimizer, Options, State>(name, defaults) {}

 private:
  Options translate(const NamedValues &h) const override {
    const Value &betas = h.at("betas");
    return Options(h.real("lr"))
        .betas({read_real(betas.item(0), "betas"), read_real(betas.item(1), "betas")})
        .eps(h.real("eps"))
        .weight_decay(h.real("weight_decay"))
        .amsgrad(h.flag("amsgrad"));
  }

  bool read_into(State &state, StateReader &reader, const NamedValues &h) const override {
    state.step(reader.count("step"));
    state.exp_avg(reader.tensor("exp_avg"));
    state.exp_avg_sq(reader.tensor("exp_avg_sq"));
    state.max_exp_avg_sq(h.flag("amsgrad") ? reader.tensor("max_exp_avg_sq") : reader.optional_tensor("max_exp_avg_sq"));
    return true;
  }

  void write_from(const State &state, StateWriter &writer) const override {
    writer.step(state.step());
    writer.tensor("exp_avg", state.exp_avg());
    writer.tensor("exp_avg_sq", state.exp_avg_sq());
    writer.tensor("max_exp_avg_sq", state.max_exp_avg_sq());
  }
};

using Adam = AdamLike<torch::optim::Adam, torch::optim::AdamOptions, torch::optim::AdamParamState>;
using AdamW = AdamLike<torch::optim::AdamW, torch::optim::AdamWOptions, torch::optim::AdamWParamState>;

}  // namespace

const OptimizerClass &adam_class() {
  static const Adam made("Adam", R"({"lr": 0.001, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0, "amsgrad": false,
                                     "maximize": false, "foreach": null, "capturable": false, "differentiable": false,
                                     "fused": null, "decoupled_weight_decay": false})");
  return made;
}

const OptimizerClass &adamw_class() {
  static const AdamW made("AdamW", R"({"lr": 0.001, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01,
                                       "amsgrad": false, "maximize": false, "foreach": null, "capturable": false,
                                       "differentiable": false, "fused": null, "decoupled_weight_decay": true})");
  return made;
}

}  // namespace weightport::libtorch
