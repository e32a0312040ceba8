// SPDX-License-Identifier: MIT
// What differs between libtorch's optimizers: the names that Python has for their hyperparameters and state.
#pragma once

#include <torch/optim/optimizer.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "optim/named_values.hpp"
#include "optim/param_state.hpp"

namespace weightport::libtorch {

class OptimizerClass {
 public:
  using Options = torch::optim::OptimizerOptions;
  using State = torch::optim::OptimizerParamState;
  using Groups = std::vector<torch::optim::OptimizerParamGroup>;

  virtual ~OptimizerClass() = default;

  const char *name() const noexcept { return name_; }
  // The newest PyTorch's, in its order.
  const NamedValues &defaults() const noexcept { return defaults_; }
  // Whether the steps of libtorch are those of Python for complex parameters too.
  virtual bool takes_complex() const noexcept { return false; }
  virtual bool takes_several_groups() const noexcept { return true; }
  virtual bool needs_closure() const noexcept { return false; }
  // Whether a step needs the state of each parameter, which is made with the optimizer.
  virtual bool needs_state() const noexcept { return false; }

  // Of hyperparameters that were checked.
  virtual std::unique_ptr<Options> options(const NamedValues &hyperparameters) const = 0;
  virtual std::unique_ptr<torch::optim::Optimizer> create(Groups groups, const NamedValues &defaults) const = 0;
  // Null where libtorch begins anew.
  virtual std::unique_ptr<State> read(StateReader &reader, const NamedValues &hyperparameters) const = 0;
  virtual void write(const State &state, StateWriter &writer) const = 0;

 protected:
  OptimizerClass(const char *name, std::string_view defaults) : name_(name), defaults_(NamedValues::from_json(defaults)) {
    if (const Value *betas = defaults_.find("betas")) defaults_.set("betas", Value::tuple({betas->item(0), betas->item(1)}));
  }

 private:
  const char *name_;
  NamedValues defaults_;
};

// The same with libtorch's types; what is left is to translate between them and names.
template <class Optimizer, class OptionsType, class StateType>
class OptimizerClassOf : public OptimizerClass {
 public:
  std::unique_ptr<Options> options(const NamedValues &hyperparameters) const final {
    return std::make_unique<OptionsType>(translate(hyperparameters));
  }
  std::unique_ptr<torch::optim::Optimizer> create(Groups groups, const NamedValues &defaults) const final {
    return std::make_unique<Optimizer>(std::move(groups), translate(defaults));
  }
  std::unique_ptr<State> read(StateReader &reader, const NamedValues &hyperparameters) const final {
    auto state = std::make_unique<StateType>();
    if (!read_into(*state, reader, hyperparameters)) state.reset();
    return state;
  }
  void write(const State &state, StateWriter &writer) const final { write_from(static_cast<const StateType &>(state), writer); }

 protected:
  using OptimizerClass::OptimizerClass;

  virtual OptionsType translate(const NamedValues &hyperparameters) const = 0;
  // False where libtorch begins anew.
  virtual bool read_into(StateType &state, StateReader &reader, const NamedValues &hyperparameters) const = 0;
  virtual void write_from(const StateType &state, StateWriter &writer) const = 0;
};

// Throws NOT_FOUND.
const OptimizerClass &optimizer_class(const std::string &name);

const OptimizerClass &sgd_class();
const OptimizerClass &adam_class();
const OptimizerClass &adamw_class();
const OptimizerClass &rmsprop_class();
const OptimizerClass &adagrad_class();
const OptimizerClass &lbfgs_class();

}  // namespace weightport::libtorch
