/* SPDX-License-Identifier: MIT */
/* value.h: values that are changed. */
#include "made_value.h"
#include "sample_file.h"

static void what_was_opened_is_changed(void **state) {
  (void)state;
  wp_checkpoint *checkpoint = open_sample();
  wp_value *root = wp_checkpoint_root(checkpoint);
  wp_value *weights = wp_value_find(root, "weights", 7), *list = wp_value_find(root, "list", 4);
  wp_tensor *weight = wp_value_tensor(wp_value_find(weights, "0.weight", 8));

  set_and_release(root, "int", int_value(5));
  assert_int_equal(int_at(root, "int"), 5);
  assert_ok(wp_value_rename(weights, "0.weight", "1.weight"));
  assert_ptr_equal(wp_value_tensor(wp_value_item(weights, 0)), weight);
  assert_null(wp_value_find(weights, "0.weight", 8));
  assert_ok(wp_value_remove(weights, "0.bias", 6));
  assert_int_equal(wp_value_size(weights), 1);

  /* A node moves to another place of the same tree as it is. */
  assert_ok(wp_value_append(list, weights));
  assert_ok(wp_value_remove(root, "weights", 7));
  assert_ptr_equal(wp_value_item(list, 2), weights);
  assert_ok(wp_value_remove_item(list, 0));
  assert_int_equal(int_at(root, "list.0"), 11);
  wp_value *made = int_value(12);
  assert_ok(wp_value_set_item(list, 0, made));
  assert_int_equal(int_at(root, "list.0"), 12);
  assert_ok(wp_value_set_int(wp_value_find(root, "dict", 4), 5, made));
  assert_int_equal(int_at(root, "dict.5"), 12);
  assert_ok(wp_value_set_key(root, made, made));
  assert_int_equal(int_at(root, "12"), 12);
  assert_ok(wp_value_append(wp_value_find(root, "set", 3), made));
  assert_int_equal(wp_value_size(wp_value_find(root, "set", 3)), 2);

  /* State_dicts are those of the changed tree: the weights lie in the list now. */
  assert_int_equal(wp_checkpoint_state_dict_count(checkpoint), 1);
  assert_string_equal(wp_checkpoint_state_dict_key(checkpoint, 0), "list.1");
  wp_state_dict *state_dict;
  assert_ok(wp_checkpoint_state_dict(&state_dict, checkpoint, NULL));
  assert_ptr_equal(wp_state_dict_find(state_dict, "1.weight"), weight);
  wp_state_dict_release(state_dict);
  wp_value_release(made);
  wp_checkpoint_release(checkpoint);
}

static void a_copy_is_another_value(void **state) {
  (void)state;
  wp_checkpoint *checkpoint = open_sample();
  wp_value *clone, *root = wp_checkpoint_root(checkpoint), *list = wp_value_find(root, "list", 4);
  assert_ok(wp_value_clone(&clone, root));
  assert_ok(wp_value_append(list, list));
  wp_tensor *tensor = wp_tensor_retain(wp_value_tensor(wp_value_find(root, "tensor", 6)));
  wp_checkpoint_release(checkpoint);
  assert_int_equal(wp_value_size(wp_value_find(clone, "list", 4)), 2);
  assert_ptr_equal(wp_value_tensor(wp_value_find(clone, "tensor", 6)), tensor);
  assert_string_equal(wp_value_class(wp_value_find(clone, "object", 6)), "argparse.Namespace");
  wp_tensor_release(tensor);
  wp_value_release(clone);
}

static void what_was_taken_out_stays_valid(void **state) {
  (void)state;
  wp_value *dict;
  assert_ok(wp_value_create_dict(&dict));
  set_and_release(dict, "a", int_value(1));
  const wp_value *taken = wp_value_find(dict, "a", 1);
  assert_ok(wp_value_remove_item(dict, 0));
  assert_int_equal(wp_value_size(dict), 0);
  assert_int_equal(int_at(taken, ""), 1);
  wp_value_release(dict);
}

static void metadata_of_a_state_dict(void **state) {
  (void)state;
  wp_value *dict, *ordered, *attributes;
  assert_ok(wp_value_create_dict(&dict));
  assert_ok(wp_value_create_ordered_dict(&ordered));
  assert_ok(wp_value_create_dict(&attributes));
  set_and_release(attributes, "_metadata", int_value(1));
  assert_ok(wp_value_set_attributes(ordered, attributes));
  assert_int_equal(int_at(wp_value_attributes(ordered), "_metadata"), 1);
  assert_fails(wp_value_set_attributes(dict, attributes), WP_ERROR_MISMATCH);
  wp_value *number = int_value(1);
  assert_fails(wp_value_set_attributes(ordered, number), WP_ERROR_MISMATCH);
  assert_int_equal(int_at(wp_value_attributes(ordered), "_metadata"), 1);
  wp_value_release(number);
  wp_value_release(attributes);
  wp_value_release(ordered);
  wp_value_release(dict);
}

static void wrong_containers_and_keys(void **state) {
  (void)state;
  wp_value *list, *dict, *one = int_value(1);
  assert_ok(wp_value_create_list(&list));
  assert_ok(wp_value_create_dict(&dict));
  set_and_release(dict, "a", int_value(1));
  set_and_release(dict, "b", int_value(2));
  assert_fails(wp_value_append(dict, one), WP_ERROR_MISMATCH);
  assert_fails(wp_value_set(list, "a", 1, one), WP_ERROR_MISMATCH);
  assert_fails(wp_value_set_int(list, 0, one), WP_ERROR_MISMATCH);
  assert_fails(wp_value_set_key(dict, list, one), WP_ERROR_MISMATCH);
  assert_fails(wp_value_set(dict, "\xff", 1, one), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_value_set_item(list, 0, one), WP_ERROR_NOT_FOUND);
  assert_fails(wp_value_set_item(one, 0, one), WP_ERROR_MISMATCH);
  assert_fails(wp_value_remove(dict, "c", 1), WP_ERROR_NOT_FOUND);
  assert_fails(wp_value_remove_item(dict, 2), WP_ERROR_NOT_FOUND);
  assert_fails(wp_value_remove_item(one, 0), WP_ERROR_MISMATCH);
  assert_fails(wp_value_rename(dict, "c", "d"), WP_ERROR_NOT_FOUND);
  assert_fails(wp_value_rename(dict, "a", "\xff"), WP_ERROR_INVALID_ARGUMENT);
  wp_error *error = wp_value_rename(dict, "a", "b");
  assert_string_equal(wp_error_key(error), "b");
  assert_fails(error, WP_ERROR_MISMATCH);
  assert_int_equal(int_at(dict, "a"), 1);
  assert_int_equal(int_at(dict, "b"), 2);
  wp_value_release(list);
  wp_value_release(dict);
  wp_value_release(one);
}

static void wrong_arguments(void **state) {
  (void)state;
  wp_value *value, *one = int_value(1);
  wp_error *errors[] = {wp_value_clone(&value, NULL),    wp_value_append(NULL, one),       wp_value_append(one, NULL),
                        wp_value_set(NULL, "a", 1, one), wp_value_set(one, NULL, 1, one),  wp_value_set(one, "a", 1, NULL),
                        wp_value_set_int(NULL, 1, one),  wp_value_set_key(one, NULL, one), wp_value_set_item(one, 0, NULL),
                        wp_value_remove(NULL, "a", 1),   wp_value_remove(one, NULL, 1),    wp_value_remove_item(NULL, 0),
                        wp_value_rename(NULL, "a", "b"), wp_value_rename(one, NULL, "b"),  wp_value_set_attributes(NULL, one)};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) assert_fails(errors[i], WP_ERROR_INVALID_ARGUMENT);
  assert_null(value);
  wp_value_release(one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_opened_is_changed),     cmocka_unit_test(a_copy_is_another_value),
      cmocka_unit_test(what_was_taken_out_stays_valid), cmocka_unit_test(metadata_of_a_state_dict),
      cmocka_unit_test(wrong_containers_and_keys),      cmocka_unit_test(wrong_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
