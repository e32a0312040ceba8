// SPDX-License-Identifier: MIT
// An optimizer of libtorch with the parameter groups and the state_dict of Python's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ref.hpp"
#include "optim/hyperparameters.hpp"
#include "optim/optimizer_class.hpp"

namespace weightport::libtorch {

// A parameter group as the caller gives it.
struct GroupArguments {
  std::vector<at::Tensor> parameters;
  NamedValues hyperparameters;
};

// One thread at a time.
class Optimizer final : public RefCounted {
 public:
  using Closure = std::function<at::Tensor()>;

  // `keywords` are for all groups. Throws as wp_optimizer_create() says.
  Optimizer(const OptimizerClass &optimizer_class, std::vector<GroupArguments> groups, const NamedValues &keywords);

  const OptimizerClass &optimizer_class() const noexcept { return class_; }

  void step();
  // Returns the loss before the step.
  at::Tensor step(const Closure &closure);
  void zero_grad();

  Value state_dict() const;
  // Throws before anything is changed.
  void load_state_dict(const Value &state_dict);

  size_t group_count() const noexcept { return groups_.size(); }
  // Throws NOT_FOUND.
  const NamedValues &group(size_t index) const;
  // Of one group, or of all where there is no index. Throws as wp_optimizer_set() says, before anything is changed.
  void set(std::optional<size_t> group, const std::string &name, const Value &value);
  double lr(size_t group) const { return this->group(group).real("lr"); }
  // Any number, as schedulers may come to.
  void set_lr(size_t group, double lr);
  // group.setdefault("initial_lr", group["lr"])
  void set_default_initial_lr(size_t group);

 private:
  struct Loaded;

  const std::vector<at::Tensor> &parameters(size_t group) const { return impl_->param_groups()[group].params(); }
  Loaded read_groups(const Value &state_dict) const;
  void read_states(Loaded &loaded, const Value &states) const;

  const OptimizerClass &class_;
  std::unique_ptr<torch::optim::Optimizer> impl_;
  // What each group is told, of which libtorch's options are a part; without "params".
  std::vector<NamedValues> groups_;
  // Of each parameter, in order, what a loaded state had that libtorch has no place for; empty where none was loaded.
  std::vector<Value> carried_;
  // States of what is no parameter here.
  Value foreign_states_ = Value::dict();
};

// What wp_optimizer_create() takes for `params`. Throws INVALID_ARGUMENT, MISMATCH.
std::vector<GroupArguments> read_groups(const Value &params);

}  // namespace weightport::libtorch
