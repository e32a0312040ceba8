// SPDX-License-Identifier: MIT
#include "weightport/torch/model.h"

#include <memory>

#include "capi/handle.hpp"
#include "model/load.hpp"
#include "model/registry.hpp"

using namespace weightport;
using namespace weightport::libtorch;

namespace {

ModelOptions model_options(const wp_model_options *options) {
  ModelOptions made;
  if (const char *device = member_or(options, &wp_model_options::map_location, nullptr)) made.device = to_device(device);
  made.limits = member_or(options, &wp_model_options::limits, nullptr);
  return made;
}

Model &require_model(const wp_model *model) {
  require(model, "model is NULL");
  return *unwrap(model);
}

}  // namespace

extern "C" {

wp_error *wp_model_load(wp_model **out, const char *path, const wp_model_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(path, "path is NULL");
  *out = give(load_model(path, model_options(options)));
  WP_GUARD_END
}

wp_error *wp_model_load_memory(wp_model **out, const void *data, size_t size, const char *name,
                               const wp_model_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(data || size == 0, "data is NULL");
  *out = give(load_model(data, size, name, model_options(options)));
  WP_GUARD_END
}

wp_error *wp_model_load_source(wp_model **out, const wp_source *source, const wp_model_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(source && has_member(*source, &wp_source::read_at), "source is NULL, or its struct_size is not set");
  wp_source known = known_members(*source);
  std::unique_ptr<const wp_source, void (*)(const wp_source *)> close(&known, [](const wp_source *s) {
    if (s->close) s->close(s->user);
  });
  require(out, "out is NULL");
  *out = give(load_model(known, model_options(options)));
  WP_GUARD_END
}

wp_error *wp_model_create(wp_model **out, const char *name, const wp_value *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(name, "name is NULL");
  *out = give(create_model(name, options));
  WP_GUARD_END
}

wp_error *wp_model_clone(wp_model **out, const wp_model *model) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = give(require_model(model).clone());
  WP_GUARD_END
}

wp_model *wp_model_retain(const wp_model *model) {
  if (model) unwrap(model)->retain();
  return const_cast<wp_model *>(model);
}

void wp_model_release(wp_model *model) {
  if (model) unwrap(model)->release();
}

wp_error *wp_model_forward(wp_value **out, wp_model *model, const wp_value *args, const wp_value *kwargs) {
  return wp_model_call(out, model, "forward", args, kwargs);
}

wp_error *wp_model_forward_tensor(wp_tensor **out, wp_model *model, const wp_tensor *input) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  c10::IValue result = require_model(model).invoke("forward", {to_torch(input)}, {});
  if (!result.isTensor())
    fail(WP_ERROR_MISMATCH, "the model gave a ", result.tagKind(), " and not a tensor: take its result as a value");
  *out = from_torch(result.toTensor()).detach();
  WP_GUARD_END
}

wp_error *wp_model_call(wp_value **out, wp_model *model, const char *method, const wp_value *args, const wp_value *kwargs) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(method, "method is NULL");
  *out = to_value(require_model(model).call(method, args, kwargs)).detach();
  WP_GUARD_END
}

wp_error *wp_model_eval(wp_model *model) { return wp_model_train(model, false); }

wp_error *wp_model_train(wp_model *model, bool mode) {
  WP_GUARD_BEGIN
  require_model(model).train(mode);
  WP_GUARD_END
}

bool wp_model_is_training(const wp_model *model) {
  try {
    return model && unwrap(model)->is_training();
  } catch (...) {
    return false;
  }
}

}  // extern "C"
