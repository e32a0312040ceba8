/* SPDX-License-Identifier: MIT */
/* state_dict.h: a state_dict as a value; checkpoint.h: a checkpoint to fill. */
#include "made_value.h"

static void a_state_dict_becomes_a_value(void **state) {
  (void)state;
  wp_state_dict *state_dict, *again;
  wp_tensor *tensor = float_tensor(1);
  wp_value *value;
  assert_ok(wp_state_dict_create(&state_dict));
  assert_ok(wp_state_dict_set(state_dict, "w", tensor));
  assert_ok(wp_state_dict_to_value(&value, state_dict));
  assert_string_equal(wp_value_class(value), "collections.OrderedDict");
  assert_ok(wp_state_dict_from_value(&again, value));
  assert_ptr_equal(wp_state_dict_find(again, "w"), tensor);
  assert_fails(wp_state_dict_to_value(NULL, state_dict), WP_ERROR_INVALID_ARGUMENT);
  wp_value_release(value);
  assert_fails(wp_state_dict_to_value(&value, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_null(value);
  wp_state_dict_release(again);
  wp_state_dict_release(state_dict);
  wp_tensor_release(tensor);
}

static void a_checkpoint_is_filled(void **state) {
  (void)state;
  wp_checkpoint *checkpoint;
  wp_state_dict *state_dict, *found;
  wp_tensor *tensor = float_tensor(1);
  assert_ok(wp_checkpoint_create(&checkpoint));
  assert_int_equal(wp_checkpoint_format(checkpoint), WP_FORMAT_UNKNOWN);
  assert_int_equal(wp_value_kind(wp_checkpoint_root(checkpoint)), WP_KIND_DICT);
  assert_int_equal(wp_value_size(wp_checkpoint_root(checkpoint)), 0);
  assert_int_equal(wp_checkpoint_state_dict_count(checkpoint), 0);
  assert_fails(wp_checkpoint_state_dict(&found, checkpoint, NULL), WP_ERROR_NOT_FOUND);

  wp_value *epoch = int_value(3);
  assert_ok(wp_checkpoint_set(checkpoint, "epoch", epoch));
  assert_ok(wp_state_dict_create(&state_dict));
  assert_ok(wp_state_dict_set(state_dict, "w", tensor));
  assert_ok(wp_checkpoint_set_state_dict(checkpoint, "model", state_dict));
  assert_int_equal(int_at(wp_checkpoint_root(checkpoint), "epoch"), 3);
  assert_string_equal(wp_checkpoint_state_dict_key(checkpoint, 0), "model");
  assert_ok(wp_checkpoint_set_state_dict(checkpoint, "ema", state_dict));
  assert_int_equal(wp_checkpoint_state_dict_count(checkpoint), 2);
  assert_fails(wp_checkpoint_state_dict(&found, checkpoint, NULL), WP_ERROR_MISMATCH);
  assert_ok(wp_checkpoint_state_dict(&found, checkpoint, "ema"));
  assert_ptr_equal(wp_state_dict_find(found, "w"), tensor);
  wp_state_dict_release(found);

  assert_ok(wp_checkpoint_set_state_dict(checkpoint, NULL, state_dict));
  assert_int_equal(wp_checkpoint_state_dict_count(checkpoint), 1);
  assert_string_equal(wp_checkpoint_state_dict_key(checkpoint, 0), "");
  assert_null(wp_checkpoint_state_dict_key(checkpoint, 1));

  /* A value of the tree itself becomes the root as it is, another's is copied. */
  wp_value *root = wp_value_item(wp_checkpoint_root(checkpoint), 0);
  assert_ok(wp_checkpoint_set_root(checkpoint, root));
  assert_ptr_equal(wp_checkpoint_root(checkpoint), root);
  assert_fails(wp_checkpoint_set(checkpoint, "epoch", epoch), WP_ERROR_MISMATCH);
  assert_fails(wp_checkpoint_set_state_dict(checkpoint, "model", state_dict), WP_ERROR_MISMATCH);
  assert_ok(wp_checkpoint_set_root(checkpoint, epoch));
  assert_int_equal(int_at(wp_checkpoint_root(checkpoint), ""), 3);
  assert_ptr_not_equal(wp_checkpoint_root(checkpoint), epoch);
  assert_int_equal(wp_checkpoint_state_dict_count(checkpoint), 0);

  wp_value_release(epoch);
  wp_state_dict_release(state_dict);
  wp_tensor_release(tensor);
  wp_checkpoint_release(checkpoint);
}

static void metadata_of_a_checkpoint(void **state) {
  (void)state;
  wp_checkpoint *checkpoint;
  const char *text;
  assert_ok(wp_checkpoint_create(&checkpoint));
  assert_null(wp_checkpoint_metadata(checkpoint));
  assert_ok(wp_checkpoint_set_metadata(checkpoint, "format", NULL));
  assert_null(wp_checkpoint_metadata(checkpoint));
  assert_ok(wp_checkpoint_set_metadata(checkpoint, "format", "np"));
  assert_ok(wp_checkpoint_set_metadata(checkpoint, "format", "pt"));
  assert_int_equal(wp_value_size(wp_checkpoint_metadata(checkpoint)), 1);
  assert_ok(wp_value_get_string(&text, NULL, wp_value_find(wp_checkpoint_metadata(checkpoint), "format", 6)));
  assert_string_equal(text, "pt");
  assert_fails(wp_checkpoint_set_metadata(checkpoint, "format", "\xff"), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_set_metadata(checkpoint, "\xff", "pt"), WP_ERROR_INVALID_ARGUMENT);
  assert_ok(wp_checkpoint_set_metadata(checkpoint, "format", NULL));
  assert_int_equal(wp_value_size(wp_checkpoint_metadata(checkpoint)), 0);
  wp_checkpoint_release(checkpoint);
}

static void wrong_arguments_of_a_checkpoint(void **state) {
  (void)state;
  wp_checkpoint *checkpoint;
  wp_state_dict *state_dict;
  wp_value *one = int_value(1);
  assert_ok(wp_checkpoint_create(&checkpoint));
  assert_ok(wp_state_dict_create(&state_dict));
  wp_save_options more_than_permissions = WP_SAVE_OPTIONS_INIT;
  more_than_permissions.mode = 04755;
  wp_error *errors[] = {wp_checkpoint_create(NULL),
                        wp_checkpoint_save(checkpoint, "never.pt", &more_than_permissions),
                        wp_checkpoint_set_root(NULL, one),
                        wp_checkpoint_set_root(checkpoint, NULL),
                        wp_checkpoint_set(NULL, "a", one),
                        wp_checkpoint_set(checkpoint, NULL, one),
                        wp_checkpoint_set(checkpoint, "a", NULL),
                        wp_checkpoint_set(checkpoint, "\xff", one),
                        wp_checkpoint_set_state_dict(NULL, "a", state_dict),
                        wp_checkpoint_set_state_dict(checkpoint, "a", NULL),
                        wp_checkpoint_set_metadata(NULL, "a", "b"),
                        wp_checkpoint_set_metadata(checkpoint, NULL, "b")};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) assert_fails(errors[i], WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(wp_value_size(wp_checkpoint_root(checkpoint)), 0);
  wp_state_dict_release(state_dict);
  wp_checkpoint_release(checkpoint);
  wp_value_release(one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_state_dict_becomes_a_value),
      cmocka_unit_test(a_checkpoint_is_filled),
      cmocka_unit_test(metadata_of_a_checkpoint),
      cmocka_unit_test(wrong_arguments_of_a_checkpoint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
