// SPDX-License-Identifier: MIT
#include <torch/optim/sgd.h>

#include "optim/optimizer_class.hpp"

namespace weightport::libtorch {
namespace {

using torch::optim::SGDOptions;
using torch::optim::SGDParamState;

class Sgd final : public OptimizerClassOf<torch::optim::SGD, SGDOptions, SGDParamState> {
 public:
  Sgd()
      : OptimizerClassOf("SGD", R"({"lr": 0.001, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": false,
                                    "maximize": false, "foreach": null, "differentiable": false, "fused": null})") {}
  bool takes_complex() const noexcept override { return true; }

 private:
  SGDOptions translate(const NamedValues &h) const override {
    return SGDOptions(h.real("lr"))
        .momentum(h.real("momentum"))
        .dampening(h.real("dampening"))
        .weight_decay(h.real("weight_decay"))
        .nesterov(h.flag("nesterov"));
  }

  bool read_into(SGDParamState &state, StateReader &reader, const NamedValues &) const override {
    // Of a parameter with a state, libtorch takes the buffer for granted.
    if (!reader.has("momentum_buffer")) return false;
    state.momentum_buffer(reader.tensor("momentum_buffer"));
    return true;
  }

  void write_from(const SGDParamState &state, StateWriter &writer) const override {
    writer.tensor("momentum_buffer", state.momentum_buffer());
  }
};

}  // namespace

const OptimizerClass &sgd_class() {
  static const Sgd made;
  return made;
}

}  // namespace weightport::libtorch
