// SPDX-License-Identifier: MIT
#include "optim/scheduler.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

constexpr char kPlateau[] = "ReduceLROnPlateau";

// The options over the defaults, which are null where Python has none.
NamedValues read_options(const NamedValues &options, NamedValues defaults) {
  for (const auto &[name, value] : options) {
    if (!defaults.find(name)) fail_at(name, WP_ERROR_UNSUPPORTED, "the scheduler has no such option");
    defaults.set(name, name == "milestones" ? make_counter(value) : clone(value));
  }
  for (const auto &[name, value] : defaults) {
    if (value.kind() == WP_KIND_NONE) fail_at(name, WP_ERROR_INVALID_ARGUMENT, "an option is missing");
    check_scheduler_value(name, value);
  }
  return defaults;
}

void require_one_a_group(const NamedValues &state, const std::string &name, const Optimizer &optimizer) {
  const Value *list = state.find(name);
  if (list && list->size() != optimizer.group_count()) {
    fail_at(name, WP_ERROR_MISMATCH, list->size(), " learning rates for ", optimizer.group_count(), " parameter groups");
  }
}

// All but ReduceLROnPlateau.
class EpochScheduler : public Scheduler {
 public:
  void step() final {
    int64_t steps = state_.integer("_step_count") + 1, epoch = state_.integer("last_epoch") + 1;
    // All are computed before the first is set.
    std::vector<double> base_lrs = state_.reals("base_lrs"), lrs;
    for (size_t i = 0; i < base_lrs.size(); i++) {
      lrs.push_back(next_lr({state_, epoch, steps == 1, optimizer_->lr(i), base_lrs[i]}, i));
    }
    state_.set("_step_count", Value::of(steps));
    state_.set("last_epoch", Value::of(epoch));
    state_.set("_get_lr_called_within_step", Value::of(false));
    for (size_t i = 0; i < lrs.size(); i++) optimizer_->set_lr(i, lrs[i]);
    keep_last_lr();
  }

  void step(double) final { fail(WP_ERROR_UNSUPPORTED, "only ", kPlateau, " takes a metric"); }

 protected:
  explicit EpochScheduler(Ref<Optimizer> optimizer) : Scheduler(std::move(optimizer)) {}

  // As Python's constructor does: it ends with a first step.
  void begin(int64_t last_epoch, bool verbose) {
    std::vector<double> base_lrs;
    for (size_t i = 0; i < optimizer_->group_count(); i++) {
      if (last_epoch == -1) optimizer_->set_default_initial_lr(i);
      const Value *initial = optimizer_->group(i).find("initial_lr");
      if (!initial) {
        fail_at("last_epoch", WP_ERROR_INVALID_ARGUMENT, "to go on, group ", i, " of the optimizer needs an initial_lr");
      }
      base_lrs.push_back(read_real(*initial, "initial_lr"));
    }
    state_.set("base_lrs", list_of(base_lrs));
    state_.set("last_epoch", Value::of(last_epoch));
    state_.set("verbose", Value::of(verbose));
    state_.set("_step_count", Value::of(0));
    step();
  }

  virtual double next_lr(const LrStep &step, size_t group) const = 0;

  void check_loaded(const NamedValues &state) const override { require_one_a_group(state, "base_lrs", *optimizer_); }
};

class NamedScheduler final : public EpochScheduler {
 public:
  NamedScheduler(const Schedule &schedule, Ref<Optimizer> optimizer, const NamedValues &options)
      : EpochScheduler(std::move(optimizer)), schedule_(schedule) {
    NamedValues defaults = NamedValues::from_json(schedule.arguments);
    defaults.set("last_epoch", Value::of(-1));
    defaults.set("verbose", Value::of(false));
    NamedValues read = read_options(options, std::move(defaults));
    int64_t last_epoch = read.integer("last_epoch");
    bool verbose = read.flag("verbose");
    read.erase("last_epoch");
    read.erase("verbose");
    state_ = std::move(read);
    begin(last_epoch, verbose);
  }

 private:
  double next_lr(const LrStep &step, size_t) const override { return schedule_.next_lr(step); }

  const Schedule &schedule_;
};

class LambdaScheduler final : public EpochScheduler {
 public:
  LambdaScheduler(Ref<Optimizer> optimizer, LrLambda lambda)
      : EpochScheduler(std::move(optimizer)), lambda_(std::move(lambda)) {
    begin(-1, false);
    // A function is not saved in Python.
    Value lambdas = Value::list();
    for (size_t i = 0; i < optimizer_->group_count(); i++) lambdas.append(Value::none());
    state_.set("lr_lambdas", lambdas);
  }

 private:
  double next_lr(const LrStep &step, size_t group) const override { return step.base_lr * lambda_(step.last_epoch, group); }

  LrLambda lambda_;
};

class PlateauScheduler final : public Scheduler {
 public:
  PlateauScheduler(Ref<Optimizer> optimizer, const NamedValues &options) : Scheduler(std::move(optimizer)) {
    NamedValues read = NamedValues::from_json(R"({"factor": 0.1, "min_lr": 0, "patience": 10, "verbose": false, "cooldown": 0,
        "mode": "min", "threshold": 1e-4, "threshold_mode": "rel", "eps": 1e-8})");
    read = read_options(options, std::move(read));
    if (!(read.real("factor") < 1)) fail_at("factor", WP_ERROR_INVALID_ARGUMENT, "the factor is not less than 1");
    double worst = read.text("mode") == "min" ? kInfinity : -kInfinity;
    // In the order of Python's attributes.
    state_.set("factor", read.at("factor"));
    state_.set("min_lrs", min_lrs(read.at("min_lr")));
    for (const char *name : {"patience", "verbose", "cooldown"}) state_.set(name, read.at(name));
    state_.set("cooldown_counter", Value::of(0));
    for (const char *name : {"mode", "threshold", "threshold_mode"}) state_.set(name, read.at(name));
    state_.set("best", Value::of(worst));
    state_.set("num_bad_epochs", Value::of(0));
    state_.set("mode_worse", Value::of(worst));
    state_.set("eps", read.at("eps"));
    state_.set("last_epoch", Value::of(0));
    keep_last_lr();
  }

  void step() override { fail(WP_ERROR_UNSUPPORTED, kPlateau, " follows a metric: step() needs it"); }

  void step(double metric) override {
    int64_t bad = state_.integer("num_bad_epochs"), cooldown = state_.integer("cooldown_counter");
    state_.set("last_epoch", Value::of(state_.integer("last_epoch") + 1));
    if (is_better(state_, metric, state_.real("best"))) {
      state_.set("best", Value::of(metric));
      bad = 0;
    } else {
      bad++;
    }
    if (cooldown > 0) {
      cooldown--;
      bad = 0;
    }
    if (bad > state_.integer("patience")) {
      reduce_lr();
      cooldown = state_.integer("cooldown");
      bad = 0;
    }
    state_.set("num_bad_epochs", Value::of(bad));
    state_.set("cooldown_counter", Value::of(cooldown));
    keep_last_lr();
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  Value min_lrs(const Value &min_lr) const {
    size_t groups = optimizer_->group_count();
    if (is_sequence(min_lr)) {
      if (min_lr.size() != groups) fail_at("min_lr", WP_ERROR_INVALID_ARGUMENT, "not one for each parameter group");
      check_scheduler_value("min_lrs", min_lr);
    } else {
      read_real(min_lr, "min_lr");
    }
    Value list = Value::list();
    for (size_t i = 0; i < groups; i++) list.append(is_sequence(min_lr) ? min_lr.item(i) : min_lr);
    return list;
  }

  void reduce_lr() {
    double factor = state_.real("factor"), eps = state_.real("eps");
    std::vector<double> least = state_.reals("min_lrs");
    for (size_t i = 0; i < optimizer_->group_count(); i++) {
      double old_lr = optimizer_->lr(i), new_lr = std::max(old_lr * factor, least[i]);
      if (old_lr - new_lr > eps) optimizer_->set_lr(i, new_lr);
    }
  }

  void check_loaded(const NamedValues &state) const override { require_one_a_group(state, "min_lrs", *optimizer_); }
};

}  // namespace

double Scheduler::last_lr(size_t group) const {
  optimizer_->group(group);
  return state_.reals("_last_lr").at(group);
}

void Scheduler::keep_last_lr() {
  std::vector<double> lrs;
  for (size_t i = 0; i < optimizer_->group_count(); i++) lrs.push_back(optimizer_->lr(i));
  state_.set("_last_lr", list_of(lrs));
}

void Scheduler::load_state_dict(const Value &state_dict) {
  NamedValues loaded(state_dict, "state_dict"), updated = state_;
  for (const auto &[name, value] : loaded) {
    check_scheduler_value(name, value);
    updated.set(name, value);
  }
  require_one_a_group(updated, "_last_lr", *optimizer_);
  check_loaded(updated);
  state_ = std::move(updated);
}

Ref<Scheduler> create_scheduler(const std::string &name, Ref<Optimizer> optimizer, const NamedValues &options) {
  if (name == kPlateau) return make_ref<PlateauScheduler>(std::move(optimizer), options);
  if (const Schedule *schedule = find_schedule(name)) {
    return make_ref<NamedScheduler>(*schedule, std::move(optimizer), options);
  }
  fail_at(printable(name), WP_ERROR_NOT_FOUND,
          "there is no such scheduler; there are StepLR, MultiStepLR, ExponentialLR, CosineAnnealingLR and ", kPlateau);
}

Ref<Scheduler> create_lambda_scheduler(Ref<Optimizer> optimizer, LrLambda lambda) {
  return make_ref<LambdaScheduler>(std::move(optimizer), std::move(lambda));
}

}  // namespace weightport::libtorch
