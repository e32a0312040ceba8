// SPDX-License-Identifier: MIT
#include "optim/schedule.hpp"

#include <cmath>
#include <numbers>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

constexpr double kPi = std::numbers::pi;

double step_lr(const LrStep &s) {
  if (s.last_epoch == 0 || s.last_epoch % s.state.integer("step_size") != 0) return s.lr;
  return s.lr * s.state.real("gamma");
}

double multi_step_lr(const LrStep &s) {
  int64_t count = count_in(s.state.at("milestones"), s.last_epoch);
  return count ? s.lr * std::pow(s.state.real("gamma"), static_cast<double>(count)) : s.lr;
}

double exponential_lr(const LrStep &s) { return s.last_epoch == 0 ? s.lr : s.lr * s.state.real("gamma"); }

double cosine_annealing_lr(const LrStep &s) {
  auto epoch = static_cast<double>(s.last_epoch);
  double t_max = s.state.real("T_max"), eta_min = s.state.real("eta_min");
  if (s.last_epoch == 0) return s.lr;
  if (s.first) return eta_min + (s.base_lr - eta_min) * (1 + std::cos(epoch * kPi / t_max)) / 2;
  if (std::fmod(epoch - 1 - t_max, 2 * t_max) == 0) {
    return s.lr + (s.base_lr - eta_min) * (1 - std::cos(kPi / t_max)) / 2;
  }
  return (1 + std::cos(kPi * epoch / t_max)) / (1 + std::cos(kPi * (epoch - 1) / t_max)) * (s.lr - eta_min) + eta_min;
}

constexpr Schedule kSchedules[] = {
    {"StepLR", R"({"step_size": null, "gamma": 0.1})", step_lr},
    {"MultiStepLR", R"({"milestones": null, "gamma": 0.1})", multi_step_lr},
    {"ExponentialLR", R"({"gamma": null})", exponential_lr},
    {"CosineAnnealingLR", R"({"T_max": null, "eta_min": 0})", cosine_annealing_lr},
};

// A Counter that was made here is an object until it was saved and loaded.
Value counts(const Value &counter) {
  if (counter.kind() != WP_KIND_OBJECT || counter.class_name() != "collections.Counter") return counter;
  return counter.args() ? counter.args().item(0) : Value::dict();
}

void check_count(const std::string &name, const Value &value, int64_t least) {
  constexpr int64_t kMost = int64_t{1} << 53;  // as many as a double counts, and far from overflowing
  int64_t number = read_count(value, name);
  if (number < least || number > kMost) {
    fail_at(name, WP_ERROR_INVALID_ARGUMENT, number, " where ", least, " to ", kMost, " is expected");
  }
}

void check_choice(const std::string &name, const Value &value, std::string_view one, std::string_view other) {
  std::string text = read_text(value, name);
  if (text != one && text != other) {
    fail_at(name, WP_ERROR_INVALID_ARGUMENT, "\"", printable(text), "\" is neither \"", one, "\" nor \"", other, "\"");
  }
}

void check_milestones(const Value &value) {
  Value milestones = counts(value);
  if (milestones.kind() != WP_KIND_DICT) fail_kind(value, "a Counter", "milestones");
  for (size_t i = 0; i < milestones.size(); i++) {
    read_int(milestones.key(i), "milestones");
    read_int(milestones.item(i), "milestones");
  }
}

void check_reals(const std::string &name, const Value &value) {
  if (!is_sequence(value)) fail_kind(value, "a list", name);
  for (size_t i = 0; i < value.size(); i++) read_real(value.item(i), concat(name, ".", i));
}

}  // namespace

const Schedule *find_schedule(const std::string &name) noexcept {
  for (const Schedule &schedule : kSchedules) {
    if (name == schedule.name) return &schedule;
  }
  return nullptr;
}

void check_scheduler_value(const std::string &name, const Value &value) {
  auto is_one_of = [&](auto... names) { return ((name == names) || ...); };
  if (name == "T_max") {
    double number = read_real(value, name);
    if (!(number > 0)) fail_at(name, WP_ERROR_INVALID_ARGUMENT, "a number above 0 is expected");
  } else if (name == "step_size") {
    check_count(name, value, 1);
  } else if (is_one_of("patience", "cooldown", "cooldown_counter", "num_bad_epochs", "_step_count")) {
    check_count(name, value, 0);
  } else if (name == "last_epoch") {
    check_count(name, value, -1);
  } else if (is_one_of("gamma", "eta_min", "factor", "threshold", "eps", "best", "mode_worse")) {
    read_real(value, name);
  } else if (is_one_of("base_lrs", "_last_lr", "min_lrs")) {
    check_reals(name, value);
  } else if (name == "milestones") {
    check_milestones(value);
  } else if (name == "mode") {
    check_choice(name, value, "min", "max");
  } else if (name == "threshold_mode") {
    check_choice(name, value, "rel", "abs");
  } else if (is_one_of("verbose", "_get_lr_called_within_step")) {
    read_bool(value, name);
  }
}

Value make_counter(const Value &list) {
  if (!is_sequence(list)) fail_kind(list, "a list of ints", "milestones");
  Value counted = Value::dict();
  for (size_t i = 0; i < list.size(); i++) {
    int64_t number = read_int(list.item(i), concat("milestones.", i));
    counted.set(number, Value::of(count_in(counted, number) + 1));
  }
  wp_value *counter;
  check(wp_value_create_object(&counter, "collections.Counter", Value::tuple({counted}).get(), nullptr));
  return Value(counter);
}

int64_t count_in(const Value &counter, int64_t number) {
  const wp_value *count = wp_value_find_int(counts(counter).get(), number);
  return count ? read_int(Value::retain(count), "milestones") : 0;
}

bool is_better(const NamedValues &state, double metric, double best) {
  bool min = state.text("mode") == "min";
  double threshold = state.real("threshold");
  if (state.text("threshold_mode") == "abs") return min ? metric < best - threshold : metric > best + threshold;
  return min ? metric < best * (1. - threshold) : metric > best * (threshold + 1.);
}

}  // namespace weightport::libtorch
