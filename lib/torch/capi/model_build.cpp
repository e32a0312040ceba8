// SPDX-License-Identifier: MIT
#include "capi/handle.hpp"
#include "model/build.hpp"
#include "weightport/torch/model.h"

using namespace weightport;
using namespace weightport::libtorch;

extern "C" {

wp_error *wp_model_build(wp_model **out, const wp_value *description) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && description, "out or description is NULL");
  *out = give(build_model(Value::retain(description)));
  WP_GUARD_END
}

wp_error *wp_model_build_json(wp_model **out, const char *json, size_t size) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(json || size == 0, "json is NULL");
  wp_value *description;
  check(wp_value_from_json(&description, json, size));
  *out = give(build_model(Value(description)));
  WP_GUARD_END
}

}  // extern "C"
