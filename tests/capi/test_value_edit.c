/* SPDX-License-Identifier: MIT */
/* value.h: values that are made and changed; state_dict.h: a state_dict as a value; checkpoint.h: a checkpoint to fill. */
#include "sample_file.h"

static void assert_ok(wp_error *error) {
  if (error) print_error("%s\n", wp_error_message(error));
  assert_null(error);
}

static void assert_fails(wp_error *error, wp_code code) {
  if (wp_error_code(error) != code) print_error("\"%s\"\n", wp_error_message(error));
  assert_int_equal(wp_error_code(error), code);
  wp_error_release(error);
}

static wp_value *int_value(int64_t number) {
  wp_value *value;
  assert_ok(wp_value_create_int(&value, number));
  return value;
}

static void set_and_release(wp_value *dict, const char *key, wp_value *item) {
  assert_ok(wp_value_set(dict, key, strlen(key), item));
  wp_value_release(item);
}

static int64_t int_at(const wp_value *value, const char *path) {
  wp_value *found;
  int64_t number = -1;
  assert_ok(wp_value_at(&found, value, path));
  assert_ok(wp_value_get_int(&number, found));
  return number;
}

static wp_tensor *float_tensor(float number) {
  int64_t one = 1;
  wp_tensor *tensor;
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, &one, 1, &number, sizeof number));
  return tensor;
}

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

static void wrong_arguments(void **state) {
  (void)state;
  wp_value *value, *one = int_value(1);
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
                        wp_value_create_device(&value, "a b"),
                        wp_value_create_size(&value, NULL, 1),
                        wp_value_clone(&value, NULL),
                        wp_value_append(NULL, one),
                        wp_value_append(one, NULL),
                        wp_value_set(NULL, "a", 1, one),
                        wp_value_set(one, NULL, 1, one),
                        wp_value_set(one, "a", 1, NULL),
                        wp_value_set_int(NULL, 1, one),
                        wp_value_set_key(one, NULL, one),
                        wp_value_set_item(one, 0, NULL),
                        wp_value_remove(NULL, "a", 1),
                        wp_value_remove(one, NULL, 1),
                        wp_value_remove_item(NULL, 0),
                        wp_value_rename(NULL, "a", "b"),
                        wp_value_rename(one, NULL, "b"),
                        wp_value_set_attributes(NULL, one)};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) assert_fails(errors[i], WP_ERROR_INVALID_ARGUMENT);
  assert_null(value);
  wp_value_release(one);
}

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
  wp_error *errors[] = {wp_checkpoint_create(NULL),
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
      cmocka_unit_test(every_scalar_is_made),
      cmocka_unit_test(large_ints_are_made_of_text),
      cmocka_unit_test(containers_are_made),
      cmocka_unit_test(a_frozenset_is_a_key),
      cmocka_unit_test(a_tensor_lives_in_its_value),
      cmocka_unit_test(objects_are_made),
      cmocka_unit_test(what_was_opened_is_changed),
      cmocka_unit_test(a_copy_is_another_value),
      cmocka_unit_test(what_was_taken_out_stays_valid),
      cmocka_unit_test(metadata_of_a_state_dict),
      cmocka_unit_test(wrong_containers_and_keys),
      cmocka_unit_test(wrong_arguments),
      cmocka_unit_test(a_state_dict_becomes_a_value),
      cmocka_unit_test(a_checkpoint_is_filled),
      cmocka_unit_test(metadata_of_a_checkpoint),
      cmocka_unit_test(wrong_arguments_of_a_checkpoint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
