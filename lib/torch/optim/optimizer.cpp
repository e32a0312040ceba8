// SPDX-License-Identifier: MIT
#include "optim/optimizer.hpp"

#include <unordered_set>
#include <utility>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

// Of what a caller sets, names that no optimizer of this class knows are mistakes.
void check_keyword(const OptimizerClass &optimizer_class, const std::string &name, const Value &value,
                   const std::string &path) {
  if (!optimizer_class.defaults().find(name)) {
    fail_at(path, WP_ERROR_UNSUPPORTED, optimizer_class.name(), " has no hyperparameter of this name");
  }
  check_hyperparameter(name, value, optimizer_class.defaults(), Ranges::kCheck, path);
}

// PyTorch's defaults, with what the caller sets.
NamedValues read_defaults(const OptimizerClass &optimizer_class, const NamedValues &keywords) {
  NamedValues made = optimizer_class.defaults();
  for (const auto &[name, value] : keywords) {
    bool left_out = name == "max_eval" && value.kind() == WP_KIND_NONE;
    if (!left_out) check_keyword(optimizer_class, name, value, name);
    made.set(name, normalized(name, value));
  }
  if (const Value *max_eval = made.find("max_eval"); max_eval && max_eval->kind() == WP_KIND_NONE) {
    made.set("max_eval", Value::of(made.integer("max_iter") * 5 / 4));
  }
  check_together(made);
  return made;
}

// As in Python: its own entries, among which may be others than hyperparameters, then those of all groups.
NamedValues read_group(const OptimizerClass &optimizer_class, const NamedValues &own, const NamedValues &defaults,
                       size_t index) {
  NamedValues made;
  for (const auto &[name, value] : own) {
    if (is_hyperparameter(name)) check_keyword(optimizer_class, name, value, concat("params.", index, ".", name));
    made.set(name, normalized(name, value));
  }
  for (const auto &[name, value] : defaults) made.set_default(name, value);
  check_together(made);
  return made;
}

void check_parameters(const OptimizerClass &optimizer_class, const std::vector<GroupArguments> &groups) {
  std::unordered_set<at::TensorImpl *> seen;
  for (const GroupArguments &group : groups) {
    require(!group.parameters.empty(), "a parameter group has no parameters");
    for (const at::Tensor &parameter : group.parameters) {
      require(parameter.is_leaf(), "a tensor that was computed from others cannot be trained");
      require(parameter.is_floating_point() || parameter.is_complex(), "a tensor of integers cannot be trained");
      require(seen.insert(parameter.unsafeGetTensorImpl()).second, "a parameter is given twice");
      if (parameter.is_complex() && !optimizer_class.takes_complex()) {
        fail(WP_ERROR_UNSUPPORTED, "libtorch's ", optimizer_class.name(),
             " does not do what Python does for complex parameters");
      }
    }
  }
}

}  // namespace

Optimizer::Optimizer(const OptimizerClass &optimizer_class, std::vector<GroupArguments> groups, const NamedValues &keywords)
    : class_(optimizer_class) {
  require(!groups.empty(), "there is no parameter");
  if (groups.size() > 1 && !class_.takes_several_groups()) {
    fail(WP_ERROR_UNSUPPORTED, class_.name(), " takes one parameter group");
  }
  check_parameters(class_, groups);
  NamedValues defaults = read_defaults(class_, keywords);
  OptimizerClass::Groups made;
  for (size_t i = 0; i < groups.size(); i++) {
    groups_.push_back(read_group(class_, groups[i].hyperparameters, defaults, i));
    carried_.resize(carried_.size() + groups[i].parameters.size());
    made.emplace_back(std::move(groups[i].parameters), class_.options(groups_.back()));
  }
  impl_ = class_.create(std::move(made), defaults);
  // libtorch 2.14 gave a group the optimizer's value wherever its own is the class's default.
  for (size_t i = 0; i < groups_.size(); i++) impl_->param_groups()[i].set_options(class_.options(groups_[i]));
}

void Optimizer::step() {
  if (class_.needs_closure()) {
    fail(WP_ERROR_UNSUPPORTED, class_.name(), " computes the loss several times: step() needs a closure");
  }
  impl_->step();
}

at::Tensor Optimizer::step(const Closure &closure) { return impl_->step(closure); }

void Optimizer::zero_grad() {
  for (auto &group : impl_->param_groups()) {
    for (at::Tensor &parameter : group.params()) parameter.mutable_grad() = at::Tensor();
  }
}

const NamedValues &Optimizer::group(size_t index) const {
  if (index >= groups_.size()) {
    fail(WP_ERROR_NOT_FOUND, "there is no parameter group ", index, ": there are ", groups_.size());
  }
  return groups_[index];
}

void Optimizer::set(std::optional<size_t> index, const std::string &name, const Value &value) {
  size_t begin = index.value_or(0), end = index ? *index + 1 : groups_.size();
  std::vector<std::unique_ptr<OptimizerClass::Options>> options;
  std::vector<NamedValues> changed;
  for (size_t i = begin; i < end; i++) {
    changed.push_back(group(i));
    // An entry that is there already may be anything; "initial_lr" is the schedulers'.
    bool known = is_hyperparameter(name) || !(name == "initial_lr" || changed.back().find(name));
    if (known) check_keyword(class_, name, value, name);
    changed.back().set(name, normalized(name, value));
    check_together(changed.back());
    options.push_back(class_.options(changed.back()));
  }
  for (size_t i = begin; i < end; i++) {
    groups_[i] = std::move(changed[i - begin]);
    impl_->param_groups()[i].set_options(std::move(options[i - begin]));
  }
}

void Optimizer::set_lr(size_t index, double lr) {
  Value value = Value::of(lr);
  group(index);
  groups_[index].set("lr", std::move(value));
  impl_->param_groups()[index].options().set_lr(lr);
}

void Optimizer::set_default_initial_lr(size_t index) { groups_[index].set_default("initial_lr", group(index).at("lr")); }

}  // namespace weightport::libtorch
