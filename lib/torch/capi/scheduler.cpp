// SPDX-License-Identifier: MIT
#include "weightport/torch/scheduler.h"

#include "capi/handle.hpp"
#include "capi/optimizer_handle.hpp"
#include "optim/scheduler.hpp"

using namespace weightport;
using namespace weightport::libtorch;

namespace weightport::libtorch {

static Scheduler *unwrap(const wp_scheduler *handle) noexcept {
  return reinterpret_cast<Scheduler *>(const_cast<wp_scheduler *>(handle));
}
static wp_scheduler *wrap_handle(Scheduler *object) noexcept { return reinterpret_cast<wp_scheduler *>(object); }

}  // namespace weightport::libtorch

namespace {

Scheduler &require_scheduler(const wp_scheduler *scheduler) {
  require(scheduler, "scheduler is NULL");
  return *unwrap(scheduler);
}

}  // namespace

extern "C" {

wp_error *wp_scheduler_create(wp_scheduler **out, const char *class_name, wp_optimizer *optimizer, const wp_value *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && class_name, "out or class_name is NULL");
  require(optimizer, "optimizer is NULL");
  NamedValues read = options ? NamedValues(Value::retain(options), "options") : NamedValues();
  *out = give(create_scheduler(class_name, Ref<Optimizer>::share(unwrap(optimizer)), read));
  WP_GUARD_END
}

wp_error *wp_scheduler_create_lambda(wp_scheduler **out, wp_optimizer *optimizer, wp_lr_lambda lambda, void *user) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && optimizer, "out or optimizer is NULL");
  require(lambda, "lambda is NULL");
  auto call = [lambda, user](int64_t epoch, size_t group) { return lambda(epoch, group, user); };
  *out = give(create_lambda_scheduler(Ref<Optimizer>::share(unwrap(optimizer)), call));
  WP_GUARD_END
}

wp_scheduler *wp_scheduler_retain(const wp_scheduler *scheduler) {
  if (scheduler) unwrap(scheduler)->retain();
  return const_cast<wp_scheduler *>(scheduler);
}

void wp_scheduler_release(wp_scheduler *scheduler) {
  if (scheduler) unwrap(scheduler)->release();
}

wp_error *wp_scheduler_step(wp_scheduler *scheduler) {
  WP_GUARD_BEGIN
  require_scheduler(scheduler).step();
  WP_GUARD_END
}

wp_error *wp_scheduler_step_metric(wp_scheduler *scheduler, double metric) {
  WP_GUARD_BEGIN
  require_scheduler(scheduler).step(metric);
  WP_GUARD_END
}

wp_error *wp_scheduler_get_last_lr(double *out, const wp_scheduler *scheduler, size_t group) {
  if (out) *out = 0;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = require_scheduler(scheduler).last_lr(group);
  WP_GUARD_END
}

wp_error *wp_scheduler_state_dict(wp_value **out, const wp_scheduler *scheduler) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = require_scheduler(scheduler).state_dict().detach();
  WP_GUARD_END
}

wp_error *wp_scheduler_load_state_dict(wp_scheduler *scheduler, const wp_value *state_dict) {
  WP_GUARD_BEGIN
  require(state_dict, "state_dict is NULL");
  require_scheduler(scheduler).load_state_dict(Value::retain(state_dict));
  WP_GUARD_END
}

}  // extern "C"
