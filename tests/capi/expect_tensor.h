/* SPDX-License-Identifier: MIT */
/* What the tests of tensor.h share: how success and failure are expected, and a small tensor. */
#ifndef WEIGHTPORT_TESTS_EXPECT_TENSOR_H
#define WEIGHTPORT_TESTS_EXPECT_TENSOR_H

/* cmocka.h needs what is included before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
/* clang-format on */

#include <weightport/tensor.h>

static inline void assert_ok(wp_error *error) {
  if (error) print_error("%s\n", wp_error_message(error));
  assert_null(error);
}

static inline void assert_fails(wp_error *error, wp_code code) {
  if (wp_error_code(error) != code) print_error("\"%s\"\n", wp_error_message(error));
  assert_int_equal(wp_error_code(error), code);
  wp_error_release(error);
}

/* An `out` that a failing function must set to NULL. */
static wp_tensor *const garbage = (wp_tensor *)8;

#define ASSERT_NO_TENSOR(code, out, call) \
  do {                                    \
    (out) = garbage;                      \
    assert_fails(call, code);             \
    assert_null(out);                     \
  } while (0)

static const float numbers[6] = {0, 1, 2, 3, 4, 5};
static const int64_t two_by_three[2] = {2, 3};

static inline wp_tensor *make_numbers(void) {
  wp_tensor *tensor;
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, two_by_three, 2, numbers, sizeof numbers));
  return tensor;
}

#endif
