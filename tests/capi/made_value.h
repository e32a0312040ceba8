/* SPDX-License-Identifier: MIT */
/* What the tests of values that are made and changed share. */
#ifndef WEIGHTPORT_TESTS_MADE_VALUE_H
#define WEIGHTPORT_TESTS_MADE_VALUE_H

#include <weightport/checkpoint.h>

#include "expect_tensor.h"

static inline wp_value *int_value(int64_t number) {
  wp_value *value;
  assert_ok(wp_value_create_int(&value, number));
  return value;
}

static inline void set_and_release(wp_value *dict, const char *key, wp_value *item) {
  assert_ok(wp_value_set(dict, key, strlen(key), item));
  wp_value_release(item);
}

static inline int64_t int_at(const wp_value *value, const char *path) {
  wp_value *found;
  int64_t number = -1;
  assert_ok(wp_value_at(&found, value, path));
  assert_ok(wp_value_get_int(&number, found));
  return number;
}

static inline wp_tensor *float_tensor(float number) {
  int64_t one = 1;
  wp_tensor *tensor;
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, &one, 1, &number, sizeof number));
  return tensor;
}

#endif
