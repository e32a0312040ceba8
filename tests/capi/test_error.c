/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <weightport/weightport.h>

#include <cmocka.h>

static void null_is_success(void **state) {
  (void)state;
  assert_int_equal(wp_error_code(NULL), WP_OK);
  assert_string_equal(wp_error_message(NULL), "");
  assert_string_equal(wp_error_file(NULL), "");
  assert_string_equal(wp_error_key(NULL), "");
  assert_int_equal(wp_error_offset(NULL), -1);
  assert_int_equal(wp_error_status(NULL), 0);
  wp_error_set_file(NULL, "x", 0);
  wp_error_set_status(NULL, 1);
  wp_error_release(NULL);
}

static void an_error_says_where_and_why(void **state) {
  (void)state;
  wp_checkpoint *ckpt = (wp_checkpoint *)1;
  wp_error *error = wp_checkpoint_open(&ckpt, WEIGHTPORT_TEST_DATA "/bad_opcode.pt", NULL);
  assert_null(ckpt);
  assert_int_equal(wp_error_code(error), WP_ERROR_CORRUPT);
  assert_string_equal(wp_error_file(error), WEIGHTPORT_TEST_DATA "/bad_opcode.pt");
  assert_true(wp_error_offset(error) >= 0);
  assert_non_null(strstr(wp_error_message(error), "bad_opcode.pt: record "));
  assert_null(strchr(wp_error_message(error), '\n'));
  wp_error_release(error);
}

static void a_library_on_top_makes_its_own(void **state) {
  (void)state;
  char text[] = "loss is not finite";
  wp_error *error = wp_error_create(WP_ERROR_TORCH, text, "fc.weight");
  text[0] = 'b';
  assert_int_equal(wp_error_code(error), WP_ERROR_TORCH);
  assert_string_equal(wp_error_message(error), "loss is not finite");
  assert_string_equal(wp_error_key(error), "fc.weight");
  assert_string_equal(wp_error_file(error), "");
  assert_int_equal(wp_error_offset(error), -1);
  assert_int_equal(wp_error_status(error), 0);
  wp_error_set_file(error, "model.pt", 12);
  wp_error_set_status(error, -5);
  assert_string_equal(wp_error_file(error), "model.pt");
  assert_int_equal(wp_error_offset(error), 12);
  assert_int_equal(wp_error_status(error), -5);
  assert_string_equal(wp_error_message(error), "loss is not finite");
  wp_error_release(error);

  error = wp_error_create(WP_ERROR_INTERNAL, NULL, NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_INTERNAL);
  assert_string_equal(wp_error_message(error), "");
  assert_string_equal(wp_error_key(error), "");
  wp_error_release(error);
}

static void every_code_has_a_name(void **state) {
  (void)state;
  assert_string_equal(wp_code_name(WP_OK), "WP_OK");
  assert_string_equal(wp_code_name(WP_ERROR_INVALID_ARGUMENT), "WP_ERROR_INVALID_ARGUMENT");
  assert_string_equal(wp_code_name(WP_ERROR_NOT_FOUND), "WP_ERROR_NOT_FOUND");
  assert_string_equal(wp_code_name(WP_ERROR_IO), "WP_ERROR_IO");
  assert_string_equal(wp_code_name(WP_ERROR_CORRUPT), "WP_ERROR_CORRUPT");
  assert_string_equal(wp_code_name(WP_ERROR_UNSUPPORTED), "WP_ERROR_UNSUPPORTED");
  assert_string_equal(wp_code_name(WP_ERROR_UNSAFE), "WP_ERROR_UNSAFE");
  assert_string_equal(wp_code_name(WP_ERROR_LIMIT), "WP_ERROR_LIMIT");
  assert_string_equal(wp_code_name(WP_ERROR_MISMATCH), "WP_ERROR_MISMATCH");
  assert_string_equal(wp_code_name(WP_ERROR_CANCELLED), "WP_ERROR_CANCELLED");
  assert_string_equal(wp_code_name(WP_ERROR_CALLBACK), "WP_ERROR_CALLBACK");
  assert_string_equal(wp_code_name(WP_ERROR_OUT_OF_MEMORY), "WP_ERROR_OUT_OF_MEMORY");
  assert_string_equal(wp_code_name(WP_ERROR_TORCH), "WP_ERROR_TORCH");
  assert_string_equal(wp_code_name(WP_ERROR_INTERNAL), "WP_ERROR_INTERNAL");
  assert_string_equal(wp_code_name(5), "WP_ERROR_UNKNOWN");
}

static void versions_agree(void **state) {
  (void)state;
  assert_string_equal(wp_version(), WP_VERSION_STRING);
  assert_int_equal(wp_abi_version(), WP_ABI_VERSION);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(null_is_success),
      cmocka_unit_test(an_error_says_where_and_why),
      cmocka_unit_test(a_library_on_top_makes_its_own),
      cmocka_unit_test(every_code_has_a_name),
      cmocka_unit_test(versions_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
