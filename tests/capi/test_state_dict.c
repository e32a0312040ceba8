/* SPDX-License-Identifier: MIT */
/* state_dict.h: every function. */
#include "sample_file.h"

static wp_state_dict *state_dict;
static wp_tensor *tensor;

static int make_state_dict(void **state) {
  (void)state;
  assert_null(wp_tensor_create(&tensor, WP_DTYPE_FLOAT32, NULL, 0));
  assert_null(wp_state_dict_create(&state_dict));
  assert_null(wp_state_dict_set(state_dict, "module.b", tensor));
  assert_null(wp_state_dict_set(state_dict, "a", tensor));
  return 0;
}

static int release_state_dict(void **state) {
  (void)state;
  wp_state_dict_release(state_dict);
  wp_tensor_release(tensor);
  return 0;
}

static void expect_code(wp_error *error, wp_code code) {
  assert_int_equal(wp_error_code(error), code);
  wp_error_release(error);
}

static void expect_names(const wp_state_dict *sd, const char *first, const char *second) {
  assert_int_equal(wp_state_dict_size(sd), 2);
  assert_string_equal(wp_state_dict_name_at(sd, 0, NULL), first);
  assert_string_equal(wp_state_dict_name_at(sd, 1, NULL), second);
}

static void an_ordered_map(void **state) {
  (void)state;
  size_t size = 1;
  expect_names(state_dict, "module.b", "a");
  wp_state_dict_name_at(state_dict, 0, &size);
  assert_int_equal(size, 8);
  assert_null(wp_state_dict_name_at(state_dict, 2, &size));
  assert_int_equal(size, 0);
  assert_ptr_equal(wp_state_dict_tensor_at(state_dict, 1), tensor);
  assert_null(wp_state_dict_tensor_at(state_dict, 2));
  assert_ptr_equal(wp_state_dict_find(state_dict, "a"), tensor);
  assert_null(wp_state_dict_find(state_dict, "b"));
  assert_null(wp_state_dict_find(state_dict, NULL));
  assert_ptr_equal(wp_state_dict_find_sized(state_dict, "abc", 1), tensor);
  assert_null(wp_state_dict_find_sized(state_dict, "abc", 2));
  assert_null(wp_state_dict_find_sized(state_dict, NULL, 0));
}

static void null_is_empty(void **state) {
  (void)state;
  assert_int_equal(wp_state_dict_size(NULL), 0);
  assert_null(wp_state_dict_name_at(NULL, 0, NULL));
  assert_null(wp_state_dict_tensor_at(NULL, 0));
  assert_null(wp_state_dict_find(NULL, "a"));
  assert_null(wp_state_dict_find_sized(NULL, "a", 1));
  assert_null(wp_state_dict_retain(NULL));
  wp_state_dict_release(NULL);
}

static void set_replaces_in_place(void **state) {
  (void)state;
  wp_tensor *other;
  assert_null(wp_tensor_create(&other, WP_DTYPE_INT64, NULL, 0));
  assert_null(wp_state_dict_set(state_dict, "module.b", other));
  wp_tensor_release(other);
  expect_names(state_dict, "module.b", "a");
  assert_int_equal(wp_tensor_dtype(wp_state_dict_find(state_dict, "module.b")), WP_DTYPE_INT64);
  expect_code(wp_state_dict_set(NULL, "a", tensor), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_set(state_dict, NULL, tensor), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_set(state_dict, "a", NULL), WP_ERROR_INVALID_ARGUMENT);
}

static void names_are_utf8(void **state) {
  (void)state;
  expect_code(wp_state_dict_set(state_dict, "bad\xff", tensor), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_add_prefix(state_dict, "\xc3."), WP_ERROR_INVALID_ARGUMENT);
  expect_names(state_dict, "module.b", "a");
}

static void rename_keeps_the_place(void **state) {
  (void)state;
  assert_null(wp_state_dict_rename(state_dict, "module.b", "z"));
  expect_names(state_dict, "z", "a");
  expect_code(wp_state_dict_rename(state_dict, "module.b", "y"), WP_ERROR_NOT_FOUND);
  expect_code(wp_state_dict_rename(state_dict, "z", "a"), WP_ERROR_MISMATCH);
  expect_code(wp_state_dict_rename(state_dict, "z", "\xff"), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_rename(state_dict, "z", NULL), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_rename(NULL, "z", "y"), WP_ERROR_INVALID_ARGUMENT);
  expect_names(state_dict, "z", "a");
}

static void remove_takes_one(void **state) {
  (void)state;
  assert_null(wp_state_dict_remove(state_dict, "module.b"));
  assert_int_equal(wp_state_dict_size(state_dict), 1);
  wp_error *error = wp_state_dict_remove(state_dict, "module.b");
  assert_string_equal(wp_error_key(error), "module.b");
  expect_code(error, WP_ERROR_NOT_FOUND);
  expect_code(wp_state_dict_remove(NULL, "a"), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_remove(state_dict, NULL), WP_ERROR_INVALID_ARGUMENT);
}

static void prefixes(void **state) {
  (void)state;
  assert_null(wp_state_dict_strip_prefix(state_dict, "module."));
  expect_names(state_dict, "b", "a");
  assert_null(wp_state_dict_add_prefix(state_dict, "net."));
  expect_names(state_dict, "net.b", "net.a");
  assert_ptr_equal(wp_state_dict_find(state_dict, "net.a"), tensor);
  assert_null(wp_state_dict_rename(state_dict, "net.a", "b"));
  expect_code(wp_state_dict_strip_prefix(state_dict, "net."), WP_ERROR_MISMATCH);
  expect_names(state_dict, "net.b", "b");
  expect_code(wp_state_dict_strip_prefix(NULL, ""), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_strip_prefix(state_dict, NULL), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_add_prefix(NULL, ""), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_add_prefix(state_dict, NULL), WP_ERROR_INVALID_ARGUMENT);
}

static void from_a_value_and_longer_than_its_file(void **state) {
  (void)state;
  wp_checkpoint *checkpoint = open_sample();
  wp_value *root = wp_checkpoint_root(checkpoint);
  wp_state_dict *weights;
  assert_null(wp_state_dict_from_value(&weights, wp_value_find(root, "weights", 7)));
  wp_state_dict *none = state_dict;
  expect_code(wp_state_dict_from_value(&none, wp_value_find(root, "list", 4)), WP_ERROR_MISMATCH);
  assert_null(none);
  wp_error *error = wp_state_dict_from_value(&none, root);
  assert_string_equal(wp_error_key(error), "none");
  expect_code(error, WP_ERROR_MISMATCH);
  expect_code(wp_state_dict_from_value(&none, NULL), WP_ERROR_INVALID_ARGUMENT);
  expect_code(wp_state_dict_from_value(NULL, root), WP_ERROR_INVALID_ARGUMENT);
  wp_checkpoint_release(checkpoint);

  expect_names(weights, "0.weight", "0.bias");
  float bias[2];
  assert_null(wp_tensor_read(wp_state_dict_find(weights, "0.bias"), bias, sizeof bias, WP_DTYPE_FLOAT32));
  assert_true(bias[0] == 4.0f && bias[1] == 5.0f);
  wp_state_dict_release(weights);
}

static void references_count(void **state) {
  (void)state;
  wp_state_dict *again = wp_state_dict_retain(state_dict);
  assert_ptr_equal(again, state_dict);
  wp_state_dict_release(again);
  assert_int_equal(wp_state_dict_size(state_dict), 2);
  expect_code(wp_state_dict_create(NULL), WP_ERROR_INVALID_ARGUMENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_state_dict, release_state_dict)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_ordered_map),
      TEST(null_is_empty),
      TEST(set_replaces_in_place),
      TEST(names_are_utf8),
      TEST(rename_keeps_the_place),
      TEST(remove_takes_one),
      TEST(prefixes),
      TEST(from_a_value_and_longer_than_its_file),
      TEST(references_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
