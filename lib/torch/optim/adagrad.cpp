// SPDX-License-Identifier: MIT
#include <torch/optim/adagrad.h>

#include "optim/optimizer_class.hpp"

namespace weightport::libtorch {
namespace {

using torch::optim::AdagradOptions;
using torch::optim::AdagradParamState;

class Adagrad final : public OptimizerClassOf<torch::optim::Adagrad, AdagradOptions, AdagradParamState> {
 public:
  Adagrad()
      : OptimizerClassOf("Adagrad", R"({"lr": 0.01, "lr_decay": 0, "eps": 1e-10, "weight_decay": 0,
                                        "initial_accumulator_value": 0, "foreach": null, "maximize": false,
                                        "differentiable": false, "fused": null})") {}
  bool needs_state() const noexcept override { return true; }

 private:
  AdagradOptions translate(const NamedValues &h) const override {
    return AdagradOptions(h.real("lr"))
        .lr_decay(h.real("lr_decay"))
        .eps(h.real("eps"))
        .weight_decay(h.real("weight_decay"))
        .initial_accumulator_value(h.real("initial_accumulator_value"));
  }

  bool read_into(AdagradParamState &state, StateReader &reader, const NamedValues &) const override {
    state.step(reader.count("step"));
    state.sum(reader.tensor("sum"));
    return true;
  }

  void write_from(const AdagradParamState &state, StateWriter &writer) const override {
    writer.step(state.step());
    writer.tensor("sum", state.sum());
  }
};

}  // namespace

const OptimizerClass &adagrad_class() {
  static const Adagrad made;
  return made;
}

}  // namespace weightport::libtorch
