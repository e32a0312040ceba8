/* SPDX-License-Identifier: MIT */
/* io.h: cancel tokens by themselves. Sources, limits and progress are tested where they are used, in test_checkpoint.c. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* clang-format on */

#include <weightport/io.h>

static void a_token_stays_requested(void **state) {
  (void)state;
  wp_cancel *cancel;
  assert_null(wp_cancel_create(&cancel));
  assert_int_equal(wp_cancel_requested(cancel), 0);
  wp_cancel_request(cancel);
  assert_int_not_equal(wp_cancel_requested(cancel), 0);
  wp_cancel_request(cancel);
  assert_int_not_equal(wp_cancel_requested(cancel), 0);
  wp_cancel_release(cancel);
}

static void a_token_lives_until_its_last_reference(void **state) {
  (void)state;
  wp_cancel *cancel;
  assert_null(wp_cancel_create(&cancel));
  assert_ptr_equal(wp_cancel_retain(cancel), cancel);
  wp_cancel_release(cancel);
  wp_cancel_request(cancel);
  assert_int_not_equal(wp_cancel_requested(cancel), 0);
  wp_cancel_release(cancel);
}

static void null_is_harmless(void **state) {
  (void)state;
  assert_null(wp_cancel_retain(NULL));
  wp_cancel_release(NULL);
  wp_cancel_request(NULL);
  assert_int_equal(wp_cancel_requested(NULL), 0);
  wp_error *error = wp_cancel_create(NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_INVALID_ARGUMENT);
  wp_error_release(error);
}

static void structs_start_with_their_size(void **state) {
  (void)state;
  wp_source source = WP_SOURCE_INIT;
  wp_limits limits = WP_LIMITS_INIT;
  assert_int_equal(source.struct_size, sizeof source);
  assert_int_equal(limits.struct_size, sizeof limits);
  assert_true(!source.name && !source.user && !source.size && !source.read_at && !source.map && !source.close);
  assert_true(!limits.max_depth && !limits.max_tensors && !limits.max_bytes && !limits.max_steps && !limits.max_string);
  assert_int_equal(limits.max_inflate_ratio, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_token_stays_requested),
      cmocka_unit_test(a_token_lives_until_its_last_reference),
      cmocka_unit_test(null_is_harmless),
      cmocka_unit_test(structs_start_with_their_size),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
