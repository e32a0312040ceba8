/* SPDX-License-Identifier: MIT */
/* wp_value_from_json(): trees out of text. */
#include <weightport/value.h>

#include "expect_tensor.h"

static wp_value *parse(const char *text) {
  wp_value *value;
  assert_ok(wp_value_from_json(&value, text, strlen(text)));
  return value;
}

static void assert_refused(const char *text, size_t size, wp_code code, const char *why) {
  wp_value *value = (wp_value *)8;
  wp_error *error = wp_value_from_json(&value, text, size);
  assert_null(value);
  assert_int_equal(wp_error_code(error), code);
  if (!strstr(wp_error_message(error), why)) fail_msg("\"%s\" does not say \"%s\"", wp_error_message(error), why);
  wp_error_release(error);
}

static const wp_value *at(const wp_value *value, const char *path) {
  wp_value *found;
  assert_ok(wp_value_at(&found, value, path));
  return found;
}

static void every_type_becomes_its_kind(void **state) {
  (void)state;
  wp_value *root =
      parse("{\"z\": [1, -2.5, \"h\\u00e9\\u0000\", true, false, null], \"a\": {\"b\": {}}, \"e\": [], \"1\": 1e3}");
  assert_int_equal(wp_value_kind(root), WP_KIND_DICT);
  assert_string_equal(wp_value_class(root), "");
  const char *text;
  size_t size;
  assert_ok(wp_value_get_string(&text, &size, wp_value_key(root, 0)));
  assert_string_equal(text, "z");
  int64_t integer;
  double real;
  bool yes, no;
  assert_ok(wp_value_get_int(&integer, at(root, "z.0")));
  assert_int_equal(integer, 1);
  assert_ok(wp_value_get_float(&real, at(root, "z.1")));
  assert_true(real == -2.5);
  assert_ok(wp_value_get_string(&text, &size, at(root, "z.2")));
  assert_int_equal(size, 4);
  assert_memory_equal(text, "h\xc3\xa9\0", 5);
  assert_ok(wp_value_get_bool(&yes, at(root, "z.3")));
  assert_ok(wp_value_get_bool(&no, at(root, "z.4")));
  assert_true(yes && !no);
  assert_int_equal(wp_value_kind(at(root, "z.5")), WP_KIND_NONE);
  assert_int_equal(wp_value_size(at(root, "z")), 6);
  assert_int_equal(wp_value_kind(at(root, "a.b")), WP_KIND_DICT);
  assert_int_equal(wp_value_kind(at(root, "e")), WP_KIND_LIST);
  assert_int_equal(wp_value_kind(at(root, "1")), WP_KIND_FLOAT);
  wp_value_release(root);
}

static void a_scalar_is_a_tree_too(void **state) {
  (void)state;
  int64_t integer;
  wp_value *value = parse(" -9223372036854775808\n");
  assert_ok(wp_value_get_int(&integer, value));
  assert_true(integer == INT64_MIN);
  wp_value_release(value);

  value = parse("18446744073709551615");
  assert_string_equal(wp_value_get_int_text(value), "18446744073709551615");
  wp_value_release(value);

  assert_ok(wp_value_from_json(&value, "12345", 2));
  assert_ok(wp_value_get_int(&integer, value));
  assert_int_equal(integer, 12);
  wp_value_release(value);
}

static void a_tree_may_be_changed(void **state) {
  (void)state;
  wp_value *root = parse("{\"lr\": 0.1}"), *item;
  assert_ok(wp_value_create_bool(&item, true));
  assert_ok(wp_value_set(root, "nesterov", 8, item));
  assert_int_equal(wp_value_size(root), 2);
  wp_value_release(item);
  wp_value_release(root);
}

static void what_is_no_json_is_refused(void **state) {
  (void)state;
  const char *broken[] = {"",         " ",  "{",   "[1,]",  "{\"a\":}", "nul", "'a'", "\"\\ud800\"",
                          "\"\xff\"", "01", "1 2", "1e400", "NaN"};
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    assert_refused(broken[i], strlen(broken[i]), WP_ERROR_CORRUPT, "the text is not valid JSON: ");
  }
  assert_refused("[{\"a\":1,\"a\":1}]", 15, WP_ERROR_CORRUPT, "the text holds \"a\" twice");
  assert_refused("18446744073709551616", 20, WP_ERROR_CORRUPT, "number");
}

static void deep_nesting_is_refused(void **state) {
  (void)state;
  char text[4000];
  const size_t depths[] = {1001, 2000};
  for (size_t i = 0; i < 2; i++) {
    memset(text, '[', depths[i]);
    memset(text + depths[i], ']', depths[i]);
    assert_refused(text, 2 * depths[i], WP_ERROR_LIMIT, "the text ");
  }
  wp_value *value;
  assert_ok(wp_value_from_json(&value, text + 1000, 2000));
  wp_value_release(value);
}

static void wrong_arguments(void **state) {
  (void)state;
  wp_value *value;
  assert_refused(NULL, 1, WP_ERROR_INVALID_ARGUMENT, "text is NULL");
  assert_fails(wp_value_from_json(NULL, "1", 1), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_value_from_json(&value, NULL, 0), WP_ERROR_CORRUPT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_type_becomes_its_kind), cmocka_unit_test(a_scalar_is_a_tree_too),
      cmocka_unit_test(a_tree_may_be_changed),       cmocka_unit_test(what_is_no_json_is_refused),
      cmocka_unit_test(deep_nesting_is_refused),     cmocka_unit_test(wrong_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
