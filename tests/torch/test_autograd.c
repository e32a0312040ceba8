/* SPDX-License-Identifier: MIT */
/* autograd.h: gradients of known functions. */
#include "expect.h"

static const float three[3] = {1, -2, 4};

/* A loss of the mean of squares of x: its gradient is 2 x / 3. */
static wp_tensor *mean_of_squares(const wp_tensor *x) {
  static const float zeros[3] = {0, 0, 0};
  wp_loss *mse;
  wp_tensor *here = make_floats(zeros, 3), *target, *loss;
  assert_ok(wp_tensor_to_device(&target, here, wp_tensor_device(x)));
  wp_tensor_release(here);
  assert_ok(wp_loss_create(&mse, "mse_loss", NULL));
  assert_ok(wp_loss_compute(&loss, mse, x, target));
  wp_tensor_release(target);
  wp_loss_release(mse);
  return loss;
}

static void backward_adds_gradients_of_the_leaves(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(three, 3), *loss, *grad;
  assert_true(wp_tensor_requires_grad(leaf));
  assert_ok(wp_tensor_grad(&grad, leaf));
  assert_null(grad);

  loss = mean_of_squares(leaf);
  assert_close(item_of(loss), 7, 1e-6);
  assert_ok(wp_tensor_backward(loss));
  wp_tensor_release(loss);
  assert_ok(wp_tensor_grad(&grad, leaf));
  assert_floats(grad, (float[]){2.f / 3, -4.f / 3, 8.f / 3}, 3, 1e-6);

  loss = mean_of_squares(leaf);
  assert_ok(wp_tensor_backward(loss));
  wp_tensor_release(loss);
  /* It was added into the same memory. */
  assert_floats(grad, (float[]){4.f / 3, -8.f / 3, 16.f / 3}, 3, 1e-6);
  wp_tensor_release(grad);
  wp_tensor_release(leaf);
}

static void detach_and_track_share_memory_without_history(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(three, 3), *loss = mean_of_squares(leaf), *plain, *again;
  assert_true(wp_tensor_requires_grad(loss));
  assert_ok(wp_tensor_detach(&plain, loss));
  assert_false(wp_tensor_requires_grad(plain));
  assert_fails(wp_tensor_backward(plain), WP_ERROR_MISMATCH);
  wp_tensor_release(plain);

  assert_ok(wp_tensor_detach(&plain, leaf));
  assert_ok(wp_tensor_track(&again, plain));
  assert_true(wp_tensor_requires_grad(again));
  const void *first, *second;
  assert_ok(wp_tensor_data(&first, leaf));
  assert_ok(wp_tensor_data(&second, again));
  assert_ptr_equal(first, second);
  wp_tensor_release(again);
  wp_tensor_release(plain);
  wp_tensor_release(loss);
  wp_tensor_release(leaf);
}

static void a_tensor_goes_to_a_device_with_its_history(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(three, 3), *there, *loss, *grad;
  const char *device = wp_torch_device_available("cuda") ? "cuda:0" : "cpu";
  assert_ok(wp_tensor_to_device(&there, leaf, device));
  assert_string_equal(wp_tensor_device(there), device);
  loss = mean_of_squares(there);
  assert_ok(wp_tensor_backward(loss));
  assert_ok(wp_tensor_grad(&grad, leaf));
  assert_string_equal(wp_tensor_device(grad), "cpu");
  assert_floats(grad, (float[]){2.f / 3, -4.f / 3, 8.f / 3}, 3, 1e-6);
  wp_tensor_release(grad);
  wp_tensor_release(loss);
  wp_tensor_release(there);
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, there, wp_tensor_to_device(&there, leaf, "nowhere"));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, there, wp_tensor_to_device(&there, leaf, NULL));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, there, wp_tensor_to_device(&there, NULL, "cpu"));
  ASSERT_NO_TENSOR(WP_ERROR_TORCH, there, wp_tensor_to_device(&there, leaf, "cuda:99"));
  wp_tensor_release(leaf);
}

/* Two leaves with the gradients 2 x / 3. */
static wp_state_dict *make_parameters(void) {
  wp_state_dict *parameters;
  assert_ok(wp_state_dict_create(&parameters));
  for (int i = 0; i < 2; i++) {
    wp_tensor *leaf = make_leaf((float[]){3, 0, 6}, 3), *loss = mean_of_squares(leaf);
    assert_ok(wp_tensor_backward(loss));
    assert_ok(wp_state_dict_set(parameters, i ? "b" : "a", leaf));
    wp_tensor_release(loss);
    wp_tensor_release(leaf);
  }
  wp_tensor *without_gradient = make_leaf(three, 3);
  assert_ok(wp_state_dict_set(parameters, "c", without_gradient));
  wp_tensor_release(without_gradient);
  return parameters;
}

static void assert_grad(const wp_state_dict *parameters, const char *name, const float *expected) {
  wp_tensor *grad;
  assert_ok(wp_tensor_grad(&grad, wp_state_dict_find(parameters, name)));
  assert_floats(grad, expected, 3, 1e-5);
  wp_tensor_release(grad);
}

static void clip_grad_norm_scales_all_gradients_together(void **state) {
  (void)state;
  wp_state_dict *parameters = make_parameters();
  double norm;
  /* sqrt(2 (2^2 + 4^2)) */
  assert_ok(wp_clip_grad_norm(&norm, parameters, 100, 2));
  assert_close(norm, 6.32455532, 1e-5);
  assert_grad(parameters, "a", (float[]){2, 0, 4});
  assert_ok(wp_clip_grad_norm(&norm, parameters, 3.16227766, 2));
  assert_close(norm, 6.32455532, 1e-5);
  assert_grad(parameters, "b", (float[]){1, 0, 2});
  assert_ok(wp_clip_grad_norm(&norm, parameters, 1, INFINITY));
  assert_close(norm, 2, 1e-5);
  assert_grad(parameters, "a", (float[]){.5f, 0, 1});
  assert_ok(wp_clip_grad_norm(NULL, parameters, 1, 1));
  assert_grad(parameters, "a", (float[]){.5f / 3, 0, 1.f / 3});
  assert_fails(wp_clip_grad_norm(&norm, parameters, -1, 2), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_clip_grad_norm(&norm, parameters, 1, 0), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_clip_grad_norm(&norm, NULL, 1, 2), WP_ERROR_INVALID_ARGUMENT);
  wp_state_dict_release(parameters);
}

static void nothing_is_recorded_while_gradients_are_off(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(three, 3), *loss;
  assert_true(wp_set_grad_enabled(false));
  loss = mean_of_squares(leaf);
  assert_false(wp_set_grad_enabled(true));
  assert_false(wp_tensor_requires_grad(loss));
  assert_fails(wp_tensor_backward(loss), WP_ERROR_MISMATCH);
  wp_tensor_release(loss);
  wp_tensor_release(leaf);
}

static void what_has_no_gradient_is_an_error(void **state) {
  (void)state;
  const int64_t shape[1] = {2};
  wp_tensor *leaf = make_leaf(three, 3), *integers, *out;
  assert_fails(wp_tensor_backward(leaf), WP_ERROR_MISMATCH);
  assert_fails(wp_tensor_backward(NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_ok(wp_tensor_create(&integers, WP_DTYPE_INT64, shape, 1));
  ASSERT_NO_TENSOR(WP_ERROR_MISMATCH, out, wp_tensor_track(&out, integers));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_track(&out, NULL));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_detach(&out, NULL));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_grad(&out, NULL));
  assert_fails(wp_tensor_grad(NULL, leaf), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(integers);
  wp_tensor_release(leaf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(backward_adds_gradients_of_the_leaves),
      cmocka_unit_test(detach_and_track_share_memory_without_history),
      cmocka_unit_test(a_tensor_goes_to_a_device_with_its_history),
      cmocka_unit_test(clip_grad_norm_scales_all_gradients_together),
      cmocka_unit_test(nothing_is_recorded_while_gradients_are_off),
      cmocka_unit_test(what_has_no_gradient_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
