// SPDX-License-Identifier: MIT
#include "weightport/torch/optimizer.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "capi/handle.hpp"
#include "capi/optimizer_handle.hpp"

using namespace weightport;
using namespace weightport::libtorch;

namespace {

Optimizer &require_optimizer(const wp_optimizer *optimizer) {
  require(optimizer, "optimizer is NULL");
  return *unwrap(optimizer);
}

NamedValues keywords(const wp_value *hyperparameters) {
  return hyperparameters ? NamedValues(Value::retain(hyperparameters), "hyperparameters") : NamedValues();
}

std::optional<size_t> group_index(size_t group) { return group == SIZE_MAX ? std::nullopt : std::optional(group); }

at::Tensor call(wp_closure closure, void *user) {
  wp_tensor *loss = nullptr;
  int32_t status = closure(&loss, user);
  Tensor owned(loss);
  if (status) {
    wp_error *error = wp_error_create(WP_ERROR_CALLBACK, concat("the closure returned ", status).c_str(), nullptr);
    wp_error_set_status(error, status);
    throw Error(error);
  }
  if (!loss) fail(WP_ERROR_CALLBACK, "the closure gave no loss");
  return libtorch::to_torch(loss);
}

}  // namespace

extern "C" {

wp_error *wp_optimizer_create(wp_optimizer **out, const char *class_name, const wp_value *params,
                              const wp_value *hyperparameters) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && class_name, "out or class_name is NULL");
  require(params, "params is NULL");
  *out = give(make_ref<Optimizer>(optimizer_class(class_name), read_groups(Value::retain(params)), keywords(hyperparameters)));
  WP_GUARD_END
}

wp_error *wp_optimizer_create_for_model(wp_optimizer **out, const char *class_name, const wp_model *model,
                                        const wp_value *hyperparameters) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && class_name, "out or class_name is NULL");
  require(model, "model is NULL");
  GroupArguments group;
  for (const StateEntry &entry : unwrap(model)->named(/*parameters=*/true)) group.parameters.push_back(entry.tensor);
  require(!group.parameters.empty(), "the model has no parameters");
  *out = give(make_ref<Optimizer>(optimizer_class(class_name), std::vector{std::move(group)}, keywords(hyperparameters)));
  WP_GUARD_END
}

wp_optimizer *wp_optimizer_retain(const wp_optimizer *optimizer) {
  if (optimizer) unwrap(optimizer)->retain();
  return const_cast<wp_optimizer *>(optimizer);
}

void wp_optimizer_release(wp_optimizer *optimizer) {
  if (optimizer) unwrap(optimizer)->release();
}

wp_error *wp_optimizer_step(wp_optimizer *optimizer) {
  WP_GUARD_BEGIN
  require_optimizer(optimizer).step();
  WP_GUARD_END
}

wp_error *wp_optimizer_step_closure(wp_tensor **loss, wp_optimizer *optimizer, wp_closure closure, void *user) {
  if (loss) *loss = nullptr;
  WP_GUARD_BEGIN
  require(closure, "closure is NULL");
  at::Tensor before = require_optimizer(optimizer).step([&] { return call(closure, user); });
  if (loss) *loss = libtorch::from_torch(before).detach();
  WP_GUARD_END
}

wp_error *wp_optimizer_zero_grad(wp_optimizer *optimizer) {
  WP_GUARD_BEGIN
  require_optimizer(optimizer).zero_grad();
  WP_GUARD_END
}

wp_error *wp_optimizer_state_dict(wp_value **out, const wp_optimizer *optimizer) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = require_optimizer(optimizer).state_dict().detach();
  WP_GUARD_END
}

wp_error *wp_optimizer_load_state_dict(wp_optimizer *optimizer, const wp_value *state_dict) {
  WP_GUARD_BEGIN
  require(state_dict, "state_dict is NULL");
  require_optimizer(optimizer).load_state_dict(Value::retain(state_dict));
  WP_GUARD_END
}

const char *wp_optimizer_class(const wp_optimizer *optimizer) {
  return optimizer ? unwrap(optimizer)->optimizer_class().name() : "";
}

size_t wp_optimizer_param_group_count(const wp_optimizer *optimizer) {
  return optimizer ? unwrap(optimizer)->group_count() : 0;
}

wp_error *wp_optimizer_param_group(wp_value **out, const wp_optimizer *optimizer, size_t group) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = require_optimizer(optimizer).group(group).to_dict().detach();
  WP_GUARD_END
}

wp_error *wp_optimizer_set(wp_optimizer *optimizer, size_t group, const char *name, const wp_value *value) {
  WP_GUARD_BEGIN
  require(name && value, "name or value is NULL");
  require_optimizer(optimizer).set(group_index(group), name, Value::retain(value));
  WP_GUARD_END
}

wp_error *wp_optimizer_get_lr(double *out, const wp_optimizer *optimizer, size_t group) {
  if (out) *out = 0;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = require_optimizer(optimizer).lr(group);
  WP_GUARD_END
}

wp_error *wp_optimizer_set_lr(wp_optimizer *optimizer, size_t group, double lr) {
  WP_GUARD_BEGIN
  require(std::isfinite(lr), "lr is not finite");
  require_optimizer(optimizer).set(group_index(group), "lr", Value::of(lr));
  WP_GUARD_END
}

}  // extern "C"
