/* SPDX-License-Identifier: MIT */
/* value.h: every function, on one value of each kind. */
#include "sample_file.h"

static wp_checkpoint *checkpoint;
static wp_value *root;

static int open_checkpoint(void **state) {
  (void)state;
  checkpoint = open_sample();
  root = wp_checkpoint_root(checkpoint);
  return 0;
}

static int close_checkpoint(void **state) {
  (void)state;
  wp_checkpoint_release(checkpoint);
  return 0;
}

static wp_value *get(const char *key) {
  wp_value *value = wp_value_find(root, key, strlen(key));
  assert_non_null(value);
  return value;
}

static void expect_error(wp_error *error, wp_code code, const char *message) {
  assert_int_equal(wp_error_code(error), code);
  if (message) assert_string_equal(wp_error_message(error), message);
  wp_error_release(error);
}

static void kinds_have_names(void **state) {
  (void)state;
  assert_string_equal(wp_kind_name(WP_KIND_NONE), "none");
  assert_string_equal(wp_kind_name(WP_KIND_OBJECT), "object");
  assert_string_equal(wp_kind_name(-1), "unknown");
  assert_string_equal(wp_kind_name(16), "unknown");
}

static void every_kind_is_told(void **state) {
  (void)state;
  static const char *const keys[] = {"none",  "bool", "int",  "float",  "complex", "string", "bytes", "list",
                                     "tuple", "set",  "dict", "tensor", "dtype",   "device", "size",  "object"};
  for (wp_kind kind = WP_KIND_NONE; kind <= WP_KIND_OBJECT; kind++) {
    assert_int_equal(wp_value_kind(get(keys[kind])), kind);
    assert_string_equal(wp_kind_name(kind), keys[kind]);
  }
  assert_int_equal(wp_value_kind(NULL), WP_KIND_NONE);
}

static void scalars(void **state) {
  (void)state;
  bool flag = false;
  assert_null(wp_value_get_bool(&flag, get("bool")));
  assert_true(flag);
  int64_t number;
  assert_null(wp_value_get_int(&number, get("int")));
  assert_int_equal(number, -3);
  assert_null(wp_value_get_int(&number, get("bool")));
  assert_int_equal(number, 1);
  double real, imag;
  assert_null(wp_value_get_float(&real, get("float")));
  assert_true(real == 1.5);
  assert_null(wp_value_get_float(&real, get("int")));
  assert_true(real == -3.0);
  assert_null(wp_value_get_float(&real, get("large")));
  assert_true(real == 1180591620717411303424.0);
  assert_null(wp_value_get_complex(&real, &imag, get("complex")));
  assert_true(real == 1.5 && imag == -2.0);
  assert_null(wp_value_get_complex(&real, &imag, get("int")));
  assert_true(real == -3.0 && imag == 0.0);
}

static void large_ints_are_text(void **state) {
  (void)state;
  int64_t number = 1;
  expect_error(wp_value_get_int(&number, get("large")), WP_ERROR_LIMIT, NULL);
  assert_int_equal(number, 0);
  assert_string_equal(wp_value_get_int_text(get("large")), "1180591620717411303424");
  assert_null(wp_value_get_int_text(get("int")));
  assert_null(wp_value_get_int_text(get("string")));
  assert_null(wp_value_get_int_text(NULL));
}

static void text_and_bytes(void **state) {
  (void)state;
  const char *text;
  size_t size;
  assert_null(wp_value_get_string(&text, &size, get("string")));
  assert_int_equal(size, 3);
  assert_string_equal(text, "h\xc3\xa9");
  assert_null(wp_value_get_string(&text, NULL, get("string")));
  assert_int_equal(text[3], 0);
  const void *bytes;
  assert_null(wp_value_get_bytes(&bytes, &size, get("bytes")));
  assert_int_equal(size, 2);
  assert_memory_equal(bytes, "\x01\xff", 2);
}

static void dtypes_and_devices(void **state) {
  (void)state;
  wp_dtype dtype;
  const char *device;
  assert_null(wp_value_get_dtype(&dtype, get("dtype")));
  assert_int_equal(dtype, WP_DTYPE_FLOAT16);
  assert_string_equal(wp_value_get_dtype_name(get("dtype")), "float16");
  assert_null(wp_value_get_dtype_name(get("int")));
  assert_null(wp_value_get_dtype_name(NULL));
  assert_null(wp_value_get_device(&device, get("device")));
  assert_string_equal(device, "cuda:1");
}

static void another_kind_is_a_mismatch(void **state) {
  (void)state;
  bool flag = true;
  int64_t number;
  double real, imag;
  const char *text = "";
  const void *bytes;
  size_t size = 1;
  wp_dtype dtype;
  expect_error(wp_value_get_bool(&flag, get("int")), WP_ERROR_MISMATCH, "a value of kind bool is wanted, not int");
  assert_false(flag);
  expect_error(wp_value_get_int(&number, get("float")), WP_ERROR_MISMATCH, "a value of kind int is wanted, not float");
  expect_error(wp_value_get_int(&number, NULL), WP_ERROR_MISMATCH, "a value of kind int is wanted, and there is none (NULL)");
  expect_error(wp_value_get_float(&real, get("bool")), WP_ERROR_MISMATCH, NULL);
  expect_error(wp_value_get_complex(&real, &imag, get("string")), WP_ERROR_MISMATCH, NULL);
  expect_error(wp_value_get_string(&text, &size, get("bytes")), WP_ERROR_MISMATCH, NULL);
  assert_null(text);
  assert_int_equal(size, 0);
  expect_error(wp_value_get_bytes(&bytes, &size, get("string")), WP_ERROR_MISMATCH, NULL);
  expect_error(wp_value_get_dtype(&dtype, get("string")), WP_ERROR_MISMATCH, NULL);
  expect_error(wp_value_get_device(&text, get("dtype")), WP_ERROR_MISMATCH, NULL);
}

static void a_missing_out_is_an_error(void **state) {
  (void)state;
  double real;
  size_t size;
  expect_error(wp_value_get_bool(NULL, get("bool")), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_get_int(NULL, get("int")), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_get_float(NULL, get("float")), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_get_complex(&real, NULL, get("complex")), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_get_string(NULL, &size, get("string")), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_get_bytes(NULL, &size, get("bytes")), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_get_dtype(NULL, get("dtype")), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_get_device(NULL, get("device")), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_at(NULL, root, ""), WP_ERROR_INVALID_ARGUMENT, NULL);
}

static void containers(void **state) {
  (void)state;
  int64_t number;
  assert_int_equal(wp_value_size(get("list")), 2);
  assert_null(wp_value_get_int(&number, wp_value_item(get("list"), 1)));
  assert_int_equal(number, 11);
  assert_null(wp_value_item(get("list"), 2));
  assert_null(wp_value_key(get("list"), 0));
  assert_int_equal(wp_value_size(get("tuple")), 2);
  assert_int_equal(wp_value_size(get("set")), 1);
  assert_int_equal(wp_value_size(get("size")), 2);
  assert_null(wp_value_get_int(&number, wp_value_item(get("size"), 1)));
  assert_int_equal(number, 3);
  assert_int_equal(wp_value_size(get("int")), 0);
  assert_int_equal(wp_value_size(NULL), 0);
  assert_null(wp_value_item(get("int"), 0));
  assert_null(wp_value_item(NULL, 0));
}

static void dicts(void **state) {
  (void)state;
  const wp_value *dict = get("dict");
  int64_t number;
  assert_int_equal(wp_value_size(dict), 2);
  assert_null(wp_value_get_int(&number, wp_value_key(dict, 0)));
  assert_int_equal(number, 5);
  assert_null(wp_value_key(dict, 2));
  assert_null(wp_value_key(NULL, 0));
  assert_ptr_equal(wp_value_find_int(dict, 5), wp_value_item(dict, 0));
  assert_ptr_equal(wp_value_find(dict, "a.b.c", 3), wp_value_item(dict, 1));
  assert_null(wp_value_find(dict, "a.b.c", 5));
  assert_null(wp_value_find(dict, NULL, 0));
  assert_null(wp_value_find(NULL, "a", 1));
  assert_null(wp_value_find(get("list"), "a", 1));
  assert_null(wp_value_find_int(dict, 6));
  assert_null(wp_value_find_int(NULL, 5));
}

static void paths(void **state) {
  (void)state;
  wp_value *value;
  assert_null(wp_value_at(&value, root, ""));
  assert_ptr_equal(value, root);
  assert_null(wp_value_at(&value, root, "list.1"));
  assert_ptr_equal(value, wp_value_item(get("list"), 1));
  assert_null(wp_value_at(&value, root, "dict.a.b"));
  assert_ptr_equal(value, wp_value_item(get("dict"), 1));
  assert_null(wp_value_at(&value, root, "dict.5"));
  assert_ptr_equal(value, wp_value_item(get("dict"), 0));
  assert_null(wp_value_at(&value, root, "object.lr"));
  assert_int_equal(wp_value_kind(value), WP_KIND_FLOAT);
  assert_null(wp_value_at(&value, root, "call.0"));
  assert_ptr_equal(value, wp_value_item(wp_value_args(get("call")), 0));
  expect_error(wp_value_at(&value, root, "call.1"), WP_ERROR_NOT_FOUND, "the object at \"call\" has no \"1\" (call.1)");
  wp_error *error = wp_value_at(&value, root, "list.7.x");
  assert_null(value);
  assert_string_equal(wp_error_key(error), "list.7.x");
  assert_non_null(strstr(wp_error_message(error), "\"7\""));
  expect_error(error, WP_ERROR_NOT_FOUND, NULL);
  expect_error(wp_value_at(&value, NULL, ""), WP_ERROR_INVALID_ARGUMENT, NULL);
  expect_error(wp_value_at(&value, root, NULL), WP_ERROR_INVALID_ARGUMENT, NULL);
}

static void objects(void **state) {
  (void)state;
  int64_t number;
  assert_string_equal(wp_value_class(get("object")), "argparse.Namespace");
  assert_int_equal(wp_value_size(wp_value_attributes(get("object"))), 1);
  assert_string_equal(wp_value_class(get("call")), "my.module.make");
  assert_null(wp_value_get_int(&number, wp_value_item(wp_value_args(get("call")), 0)));
  assert_int_equal(number, 7);
  assert_null(wp_value_attributes(get("call")));
  assert_string_equal(wp_value_class(get("weights")), "collections.OrderedDict");
  assert_string_equal(wp_value_class(get("dict")), "");
  assert_string_equal(wp_value_class(get("int")), "");
  assert_string_equal(wp_value_class(NULL), "");
  assert_null(wp_value_args(get("int")));
  assert_null(wp_value_args(NULL));
  assert_false(wp_value_is_class(get("object")) || wp_value_is_class(get("call")) || wp_value_is_class(get("int")));
  assert_false(wp_value_is_class(NULL));
  assert_null(wp_value_attributes(NULL));
}

static void tensors(void **state) {
  (void)state;
  double first = 0;
  wp_tensor *tensor = wp_value_tensor(get("tensor"));
  assert_int_equal(wp_tensor_ndim(tensor), 2);
  assert_int_equal(wp_tensor_shape(tensor)[1], 3);
  wp_tensor *view;
  assert_null(wp_tensor_view(&view, tensor, 1, NULL, NULL, 0));
  assert_null(wp_tensor_item(&first, view));
  wp_tensor_release(view);
  assert_true(first == 1.0);
  assert_null(wp_value_tensor(get("int")));
  assert_null(wp_value_tensor(NULL));
}

static void a_retained_value_keeps_its_tree(void **state) {
  (void)state;
  wp_checkpoint *other = open_sample();
  wp_value *list = wp_value_retain(wp_value_find(wp_checkpoint_root(other), "list", 4));
  wp_checkpoint_release(other);
  int64_t number;
  assert_null(wp_value_get_int(&number, wp_value_item(list, 0)));
  assert_int_equal(number, 10);
  wp_value_release(list);
  wp_value_release(NULL);
  assert_null(wp_value_retain(NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_have_names),
      cmocka_unit_test(every_kind_is_told),
      cmocka_unit_test(scalars),
      cmocka_unit_test(large_ints_are_text),
      cmocka_unit_test(text_and_bytes),
      cmocka_unit_test(dtypes_and_devices),
      cmocka_unit_test(another_kind_is_a_mismatch),
      cmocka_unit_test(a_missing_out_is_an_error),
      cmocka_unit_test(containers),
      cmocka_unit_test(dicts),
      cmocka_unit_test(paths),
      cmocka_unit_test(objects),
      cmocka_unit_test(tensors),
      cmocka_unit_test(a_retained_value_keeps_its_tree),
  };
  return cmocka_run_group_tests(tests, open_checkpoint, close_checkpoint);
}
