/* SPDX-License-Identifier: MIT */
/* What the tests of weightport/torch/ share. */
#ifndef WEIGHTPORT_TEST_TORCH_EXPECT_H
#define WEIGHTPORT_TEST_TORCH_EXPECT_H

#include <math.h>
#include <stdio.h>
#include <weightport/torch/torch.h>

#include "../capi/expect_tensor.h"

static inline void assert_fails_at(wp_error *error, wp_code code, const char *key) {
  if (wp_error_code(error) != code) print_error("\"%s\"\n", wp_error_message(error));
  assert_int_equal(wp_error_code(error), code);
  assert_string_equal(wp_error_key(error), key);
  wp_error_release(error);
}

/* For a function whose `out` is to be NULL when it fails. */
#define ASSERT_NOTHING_AT(code, key, out, call) \
  do {                                          \
    (out) = (void *)garbage;                    \
    assert_fails_at(call, code, key);           \
    assert_null(out);                           \
  } while (0)

static inline wp_value *from_json(const char *json) {
  wp_value *value;
  assert_ok(wp_value_from_json(&value, json, strlen(json)));
  return value;
}

static inline wp_tensor *make_floats(const float *values, int64_t count) {
  wp_tensor *tensor;
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, &count, 1, values, (size_t)count * sizeof *values));
  return tensor;
}

/* A parameter. */
static inline wp_tensor *make_leaf(const float *values, int64_t count) {
  wp_tensor *plain = make_floats(values, count), *leaf;
  assert_ok(wp_tensor_track(&leaf, plain));
  wp_tensor_release(plain);
  return leaf;
}

static inline void assert_close(double found, double expected, double tolerance) {
  if (!(fabs(found - expected) <= tolerance)) print_error("%.9g, expected %.9g\n", found, expected);
  assert_true(fabs(found - expected) <= tolerance);
}

static inline void assert_floats(const wp_tensor *tensor, const float *expected, size_t count, double tolerance) {
  float found[16];
  assert_true(count <= 16);
  assert_int_equal(wp_tensor_numel(tensor), count);
  assert_ok(wp_tensor_read(tensor, found, count * sizeof *found, WP_DTYPE_FLOAT32));
  for (size_t i = 0; i < count; i++) assert_close(found[i], expected[i], tolerance);
}

static inline double item_of(const wp_tensor *tensor) {
  double number;
  assert_ok(wp_tensor_item(&number, tensor));
  return number;
}

/* The number at a path of a tree. */
static inline double number_at(const wp_value *tree, const char *path) {
  wp_value *value;
  double number;
  assert_ok(wp_value_at(&value, tree, path));
  if (wp_value_tensor(value)) return item_of(wp_value_tensor(value));
  assert_ok(wp_value_get_float(&number, value));
  return number;
}

#endif
