// SPDX-License-Identifier: MIT
#include "weightport/io.h"

#include "capi/boundary.hpp"

using namespace weightport;

extern "C" {

wp_error *wp_cancel_create(wp_cancel **out) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = give(make_ref<Cancel>());
  WP_GUARD_END
}

wp_cancel *wp_cancel_retain(wp_cancel *cancel) {
  if (cancel) unwrap(cancel)->retain();
  return cancel;
}

void wp_cancel_release(wp_cancel *cancel) {
  if (cancel) unwrap(cancel)->release();
}

void wp_cancel_request(wp_cancel *cancel) {
  if (cancel) unwrap(cancel)->request();
}

int32_t wp_cancel_requested(const wp_cancel *cancel) { return cancel && unwrap(cancel)->requested(); }

}  // extern "C"
