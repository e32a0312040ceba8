/* SPDX-License-Identifier: MIT */
/* value.h: values that are made. */
#include "made_value.h"

static void every_scalar_is_made(void **state) {
  (void)state;
  wp_value *value;
  bool flag;
  int64_t number;
  double real, imag;
  const char *text;
  const void *bytes;
  size_t size;
  wp_dtype dtype;

  assert_ok(wp_value_create_none(&value));
  assert_int_equal(wp_value_kind(value), WP_KIND_NONE);
  wp_value_release(value);
  assert_ok(wp_value_create_bool(&value, true));
  assert_ok(wp_value_get_bool(&flag, value));
  assert_true(flag);
  wp_value_release(value);
  assert_ok(wp_value_create_int(&value, INT64_MIN));
  assert_ok(wp_value_get_int(&number, value));
  assert_true(number == INT64_MIN);
  wp_value_release(value);
  assert_ok(wp_value_create_float(&value, -0.5));
  assert_ok(wp_value_get_float(&real, value));
  assert_true(real == -0.5);
  wp_value_release(value);
  assert_ok(wp_value_create_complex(&value, 1, -2));
  assert_ok(wp_value_get_complex(&real, &imag, value));
  assert_true(real == 1 && imag == -2);
  wp_value_release(value);
  assert_ok(wp_value_create_string(&value, "h\xc3\xa9\0x", 5));
  assert_ok(wp_value_get_string(&text, &size, value));
  assert_int_equal(size, 5);
  assert_memory_equal(text, "h\xc3\xa9\0x", 6);
  wp_value_release(value);
  assert_ok(wp_value_create_string(&value, NULL, 0));
  wp_value_release(value);
  assert_ok(wp_value_create_bytes(&value, "\xff\0", 2));
  assert_ok(wp_value_get_bytes(&bytes, &size, value));
  assert_int_equal(size, 2);
  assert_memory_equal(bytes, "\xff\0", 2);
  wp_value_release(value);
  assert_ok(wp_value_create_dtype(&value, WP_DTYPE_BFLOAT16));
  assert_ok(wp_value_get_dtype(&dtype, value));
  assert_int_equal(dtype, WP_DTYPE_BFLOAT16);
  wp_value_release(value);
  assert_ok(wp_value_create_device(&value, "cuda:0"));
  assert_ok(wp_value_get_device(&text, value));
  assert_string_equal(text, "cuda:0");
  wp_value_release(value);
}

static void large_ints_are_made_of_text(void **state) {
  (void)state;
  wp_value *value;
  assert_ok(wp_value_create_int_text(&value, "-123456789012345678901234567890"));
  assert_string_equal(wp_value_get_int_text(value), "-123456789012345678901234567890");
  wp_value_release(value);
  assert_ok(wp_value_create_int_text(&value, "-12"));
  assert_int_equal(int_at(value, ""), -12);
  wp_value_release(value);
  static const char *const wrong[] = {"", "-", "+1", "1.0", "12L", "0x1", " 1", "1 "};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_fails(wp_value_create_int_text(&value, wrong[i]), WP_ERROR_INVALID_ARGUMENT);
    assert_null(value);
  }
  /* 2 to the power of 8,191 has 2,466 digits and needs a sign bit more than 1,024 bytes hold. */
  char digits[3000];
  memset(digits, '9', sizeof digits);
  digits[2465] = 0;
  assert_ok(wp_value_create_int_text(&value, digits));
  wp_value_release(value);
  digits[2465] = '9';
  digits[2466] = 0;
  assert_fails(wp_value_create_int_text(&value, digits), WP_ERROR_LIMIT);
  digits[2466] = '9';
  digits[2999] = 0;
  assert_fails(wp_value_create_int_text(&value, digits), WP_ERROR_LIMIT);
}

static void containers_are_made(void **state) {
  (void)state;
  wp_value *list, *tuple, *set, *dict, *ordered, *size;
  assert_ok(wp_value_create_list(&list));
  assert_ok(wp_value_create_set(&set));
  assert_ok(wp_value_create_dict(&dict));
  assert_ok(wp_value_create_ordered_dict(&ordered));
  assert_int_equal(wp_value_kind(list), WP_KIND_LIST);
  assert_int_equal(wp_value_kind(set), WP_KIND_SET);
  assert_string_equal(wp_value_class(dict), "");
  assert_string_equal(wp_value_class(ordered), "collections.OrderedDict");

  /* What two items share, they share in the tuple. */
  wp_value *one = int_value(1);
  assert_ok(wp_value_append(list, one));
  set_and_release(dict, "list", list);
  list = wp_value_find(dict, "list", 4);
  const wp_value *items[] = {list, one, list};
  assert_ok(wp_value_create_tuple(&tuple, items, 3));
  assert_int_equal(wp_value_size(tuple), 3);
  assert_ptr_equal(wp_value_item(tuple, 0), wp_value_item(tuple, 2));
  assert_int_equal(int_at(tuple, "0.0"), 1);
  wp_value_release(tuple);
  assert_ok(wp_value_create_tuple(&tuple, NULL, 0));
  assert_int_equal(wp_value_size(tuple), 0);

  const int64_t shape[] = {2, 3};
  assert_ok(wp_value_create_size(&size, shape, 2));
  assert_int_equal(wp_value_kind(size), WP_KIND_SIZE);
  assert_int_equal(int_at(size, "1"), 3);
  wp_value_release(size);
  wp_value_release(tuple);
  wp_value_release(one);
  wp_value_release(ordered);
  wp_value_release(dict);
  wp_value_release(set);
}

static void a_frozenset_is_a_key(void **state) {
  (void)state;
  wp_value *frozen, *dict, *set, *list, *one = int_value(1);
  wp_checkpoint *ckpt;
  wp_tensor *file;
  const void *bytes;
  const wp_value *items[] = {one};
  assert_ok(wp_value_create_frozenset(&frozen, items, 1));
  assert_int_equal(wp_value_kind(frozen), WP_KIND_SET);
  assert_string_equal(wp_value_class(frozen), "builtins.frozenset");
  assert_fails(wp_value_append(frozen, one), WP_ERROR_MISMATCH);
  assert_ok(wp_value_create_dict(&dict));
  assert_ok(wp_value_set_key(dict, frozen, one));
  assert_ok(wp_value_create_set(&set));
  assert_string_equal(wp_value_class(set), "");
  assert_ok(wp_value_append(set, frozen));
  assert_fails(wp_value_set_key(dict, set, one), WP_ERROR_MISMATCH);
  set_and_release(dict, "set", set);

  /* And is one still when it was saved. */
  assert_ok(wp_checkpoint_create(&ckpt));
  assert_ok(wp_checkpoint_set_root(ckpt, dict));
  assert_ok(wp_checkpoint_save_memory(&file, ckpt, NULL));
  wp_checkpoint_release(ckpt);
  assert_ok(wp_tensor_data(&bytes, file));
  assert_ok(wp_checkpoint_open_memory(&ckpt, bytes, (size_t)wp_tensor_nbytes(file), NULL, NULL));
  const wp_value *root = wp_checkpoint_root(ckpt);
  assert_string_equal(wp_value_class(wp_value_key(root, 0)), "builtins.frozenset");
  assert_string_equal(wp_value_class(wp_value_item(wp_value_find(root, "set", 3), 0)), "builtins.frozenset");
  wp_checkpoint_release(ckpt);
  wp_tensor_release(file);

  assert_ok(wp_value_create_list(&list));
  items[0] = list;
  wp_value *none = (wp_value *)8;
  assert_fails(wp_value_create_frozenset(&none, items, 1), WP_ERROR_MISMATCH);
  assert_null(none);
  assert_fails(wp_value_create_frozenset(&none, NULL, 1), WP_ERROR_INVALID_ARGUMENT);
  wp_value_release(list);
  wp_value_release(frozen);
  wp_value_release(dict);
  wp_value_release(one);
}

static void a_tensor_lives_in_its_value(void **state) {
  (void)state;
  wp_tensor *tensor = float_tensor(5);
  wp_value *value;
  assert_ok(wp_value_create_tensor(&value, tensor));
  wp_tensor_release(tensor);
  assert_ptr_equal(wp_value_tensor(value), tensor);
  double number;
  assert_ok(wp_tensor_item(&number, wp_value_tensor(value)));
  assert_true(number == 5);
  wp_value_release(value);
}

static void objects_are_made(void **state) {
  (void)state;
  wp_value *args, *attributes, *object;
  wp_value *one = int_value(1);
  const wp_value *items[] = {one};
  assert_ok(wp_value_create_tuple(&args, items, 1));
  assert_ok(wp_value_create_dict(&attributes));
  set_and_release(attributes, "x", int_value(2));
  assert_ok(wp_value_create_object(&object, "a.b.C", args, attributes));
  assert_int_equal(wp_value_kind(object), WP_KIND_OBJECT);
  assert_string_equal(wp_value_class(object), "a.b.C");
  assert_int_equal(int_at(wp_value_args(object), "0"), 1);
  assert_int_equal(int_at(object, "x"), 2);

  assert_ok(wp_value_set_attributes(object, NULL));
  assert_null(wp_value_attributes(object));
  assert_ok(wp_value_set_attributes(object, attributes));
  assert_int_equal(int_at(object, "x"), 2);
  wp_value_release(object);

  /* An object without anything is not its class. */
  wp_value *nothing;
  assert_ok(wp_value_create_tuple(&nothing, NULL, 0));
  assert_ok(wp_value_create_object(&object, "a.b.C", nothing, NULL));
  assert_false(wp_value_is_class(object) || wp_value_args(object) || wp_value_attributes(object));
  wp_value_release(object);
  wp_value_release(nothing);

  assert_ok(wp_value_create_object(&object, "a.function", NULL, NULL));
  assert_string_equal(wp_value_class(object), "a.function");
  assert_true(wp_value_is_class(object));
  assert_fails(wp_value_set_attributes(object, attributes), WP_ERROR_MISMATCH);
  wp_value_release(object);

  static const char *const wrong[] = {"", "C", ".C", "a.", "a.C\n", "a b.C", "a.\xff"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_fails(wp_value_create_object(&object, wrong[i], NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
    assert_null(object);
  }
  assert_fails(wp_value_create_object(&object, NULL, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_value_create_object(&object, "a.C", attributes, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_value_create_object(&object, "a.C", NULL, args), WP_ERROR_INVALID_ARGUMENT);
  wp_value_release(args);
  wp_value_release(attributes);
  wp_value_release(one);
}

static void wrong_arguments(void **state) {
  (void)state;
  wp_value *value;
  const wp_value *none[] = {NULL};
  wp_error *errors[] = {wp_value_create_none(NULL),
                        wp_value_create_int_text(&value, NULL),
                        wp_value_create_string(&value, NULL, 1),
                        wp_value_create_string(&value, "\xff", 1),
                        wp_value_create_bytes(&value, NULL, 1),
                        wp_value_create_tuple(&value, NULL, 1),
                        wp_value_create_tuple(&value, none, 1),
                        wp_value_create_tensor(&value, NULL),
                        wp_value_create_dtype(&value, 999),
                        wp_value_create_device(&value, NULL),
                        wp_value_create_device(&value, ""),
                        wp_value_create_device(&value, "cuda:"),
                        wp_value_create_device(&value, "cuda:x"),
                        wp_value_create_device(&value, "cuda:01"),
                        wp_value_create_device(&value, "cuda1"),
                        wp_value_create_device(&value, "a b"),
                        wp_value_create_size(&value, NULL, 1)};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) assert_fails(errors[i], WP_ERROR_INVALID_ARGUMENT);
  assert_null(value);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_scalar_is_made),
      cmocka_unit_test(large_ints_are_made_of_text),
      cmocka_unit_test(containers_are_made),
      cmocka_unit_test(a_frozenset_is_a_key),
      cmocka_unit_test(a_tensor_lives_in_its_value),
      cmocka_unit_test(objects_are_made),
      cmocka_unit_test(wrong_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
