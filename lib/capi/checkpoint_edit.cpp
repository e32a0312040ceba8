// SPDX-License-Identifier: MIT
#include "capi/boundary.hpp"
#include "weightport/checkpoint.h"

using namespace weightport;

extern "C" {

wp_error *wp_checkpoint_create(wp_checkpoint **out) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = give(make_ref<Checkpoint>());
  WP_GUARD_END
}

wp_error *wp_checkpoint_set_root(wp_checkpoint *checkpoint, const wp_value *root) {
  WP_GUARD_BEGIN
  require(checkpoint, "checkpoint is NULL");
  require(root, "root is NULL");
  unwrap(checkpoint)->set_root(*unwrap(root));
  WP_GUARD_END
}

wp_error *wp_checkpoint_set(wp_checkpoint *checkpoint, const char *key, const wp_value *value) {
  WP_GUARD_BEGIN
  require(checkpoint, "checkpoint is NULL");
  require(key, "key is NULL");
  require(value, "value is NULL");
  unwrap(checkpoint)->set(key, *unwrap(value));
  WP_GUARD_END
}

wp_error *wp_checkpoint_set_state_dict(wp_checkpoint *checkpoint, const char *key, const wp_state_dict *state_dict) {
  WP_GUARD_BEGIN
  require(checkpoint, "checkpoint is NULL");
  require(state_dict, "state_dict is NULL");
  unwrap(checkpoint)->set_state_dict(key, *unwrap(state_dict));
  WP_GUARD_END
}

wp_error *wp_checkpoint_set_metadata(wp_checkpoint *checkpoint, const char *key, const char *text) {
  WP_GUARD_BEGIN
  require(checkpoint, "checkpoint is NULL");
  require(key, "key is NULL");
  unwrap(checkpoint)->set_metadata(key, text);
  WP_GUARD_END
}

}  // extern "C"
