// SPDX-License-Identifier: MIT
#include <torch/optim/rmsprop.h>

#include "optim/optimizer_class.hpp"

namespace weightport::libtorch {
namespace {

using torch::optim::RMSpropOptions;
using torch::optim::RMSpropParamState;

class RmsProp final : public OptimizerClassOf<torch::optim::RMSprop, RMSpropOptions, RMSpropParamState> {
 public:
  RmsProp()
      : OptimizerClassOf("RMSprop", R"({"lr": 0.01, "momentum": 0, "alpha": 0.99, "eps": 1e-8, "centered": false,
                                        "weight_decay": 0, "capturable": false, "foreach": null, "maximize": false,
                                        "differentiable": false})") {}

 private:
  RMSpropOptions translate(const NamedValues &h) const override {
    return RMSpropOptions(h.real("lr"))
        .momentum(h.real("momentum"))
        .alpha(h.real("alpha"))
        .eps(h.real("eps"))
        .centered(h.flag("centered"))
        .weight_decay(h.real("weight_decay"));
  }

  bool read_into(RMSpropParamState &state, StateReader &reader, const NamedValues &h) const override {
    state.step(reader.count("step"));
    state.square_avg(reader.tensor("square_avg"));
    state.momentum_buffer(h.real("momentum") > 0 ? reader.tensor("momentum_buffer")
                                                 : reader.optional_tensor("momentum_buffer"));
    state.grad_avg(h.flag("centered") ? reader.tensor("grad_avg") : reader.optional_tensor("grad_avg"));
    return true;
  }

  void write_from(const RMSpropParamState &state, StateWriter &writer) const override {
    writer.step(state.step());
    writer.tensor("square_avg", state.square_avg());
    writer.tensor("momentum_buffer", state.momentum_buffer());
    writer.tensor("grad_avg", state.grad_avg());
  }
};

}  // namespace

const OptimizerClass &rmsprop_class() {
  static const RmsProp made;
  return made;
}

}  // namespace weightport::libtorch
