// SPDX-License-Identifier: MIT
#include "optim/hyperparameters.hpp"

#include <limits>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

constexpr double kAny = std::numeric_limits<double>::infinity();

enum class Kind {
  kReal,
  kPair,  // two numbers
  kInt,
  kBool,
  kAdvice,      // a bool or None that changes no number
  kFixed,       // a bool that is what the class says, as libtorch knows no other
  kLineSearch,  // None or "strong_wolfe"
};

struct Rule {
  const char *name;
  Kind kind;
  double least = -kAny;
  double below = kAny;
  bool added_later = false;
};

constexpr Rule kRules[] = {
    {"lr", Kind::kReal, 0},
    {"momentum", Kind::kReal, 0, kAny, true},
    {"dampening", Kind::kReal},
    {"weight_decay", Kind::kReal, 0},
    {"nesterov", Kind::kBool, 0, 0, true},
    {"betas", Kind::kPair, 0, 1},
    {"eps", Kind::kReal, 0},
    {"amsgrad", Kind::kBool, 0, 0, true},
    {"alpha", Kind::kReal, 0},
    {"centered", Kind::kBool, 0, 0, true},
    {"lr_decay", Kind::kReal, 0},
    {"initial_accumulator_value", Kind::kReal, 0, kAny, true},
    {"max_iter", Kind::kInt, 0},
    {"max_eval", Kind::kInt, 0},
    {"tolerance_grad", Kind::kReal},
    {"tolerance_change", Kind::kReal},
    {"history_size", Kind::kInt, 1},
    {"line_search_fn", Kind::kLineSearch},
    {"foreach", Kind::kAdvice},
    {"fused", Kind::kAdvice},
    {"capturable", Kind::kAdvice},
    {"maximize", Kind::kFixed},
    {"differentiable", Kind::kFixed},
    {"decoupled_weight_decay", Kind::kFixed},
};

const Rule *rule_of(const std::string &name) {
  for (const Rule &rule : kRules) {
    if (name == rule.name) return &rule;
  }
  return nullptr;
}

void check_range(double number, const Rule &rule, const std::string &path) {
  if (!(number >= rule.least && number < rule.below)) {
    fail_at(path, WP_ERROR_INVALID_ARGUMENT, std::to_string(number), " is out of its range");
  }
}

void check_pair(const Value &value, const Rule &rule, Ranges ranges, const std::string &path) {
  if (!is_sequence(value) || value.size() != 2) fail_kind(value, "a tuple of two numbers", path);
  for (size_t i = 0; i < 2; i++) {
    double number = read_real(value.item(i), path);
    if (ranges == Ranges::kCheck) check_range(number, rule, path);
  }
}

void check_fixed(const Value &value, const NamedValues &defaults, const std::string &name, const std::string &path) {
  const Value *fixed = defaults.find(name);
  bool wanted = fixed && fixed->as_bool();
  if (value.kind() == WP_KIND_NONE || read_bool(value, path) == wanted) return;
  fail_at(path, WP_ERROR_UNSUPPORTED, "libtorch's optimizer cannot honour ", name, "=", wanted ? "False" : "True");
}

void check_line_search(const Value &value, const std::string &path) {
  if (value.kind() == WP_KIND_NONE || read_text(value, path) == "strong_wolfe") return;
  fail_at(path, WP_ERROR_UNSUPPORTED, "the only line search is \"strong_wolfe\"");
}

}  // namespace

void check_hyperparameter(const std::string &name, const Value &value, const NamedValues &defaults, Ranges ranges,
                          const std::string &path) {
  const Rule *rule = rule_of(name);
  if (!rule) return;
  switch (rule->kind) {
    case Kind::kReal:
      if (double number = read_real(value, path); ranges == Ranges::kCheck) check_range(number, *rule, path);
      break;
    case Kind::kPair:
      check_pair(value, *rule, ranges, path);
      break;
    case Kind::kInt:
      // libtorch relies on these, so that no file may bring others.
      check_range(static_cast<double>(read_int(value, path)), *rule, path);
      break;
    case Kind::kBool:
      read_bool(value, path);
      break;
    case Kind::kAdvice:
      if (value.kind() != WP_KIND_NONE) read_bool(value, path);
      break;
    case Kind::kFixed:
      check_fixed(value, defaults, name, path);
      break;
    case Kind::kLineSearch:
      check_line_search(value, path);
      break;
  }
}

void check_together(const NamedValues &hyperparameters) {
  const Value *nesterov = hyperparameters.find("nesterov");
  if (!nesterov || !nesterov->as_bool()) return;
  if (hyperparameters.real("momentum") <= 0 || hyperparameters.real("dampening") != 0) {
    fail_at("nesterov", WP_ERROR_INVALID_ARGUMENT, "nesterov asks for a momentum, and for dampening of 0");
  }
}

bool is_hyperparameter(const std::string &name) { return rule_of(name); }

bool was_added_later(const std::string &name) {
  const Rule *rule = rule_of(name);
  return rule && rule->added_later;
}

Value normalized(const std::string &name, const Value &value) {
  if (name != "betas" || value.kind() != WP_KIND_LIST) return clone(value);
  return Value::tuple({value.item(0), value.item(1)});
}

}  // namespace weightport::libtorch
