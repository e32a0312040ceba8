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

/* What Python's view(), float() and contiguous() keep, a view or copy of the file's kind does not, and does not pretend to. */
static void history_is_kept_or_openly_lost(void **state) {
  (void)state;
  const int64_t wide[2] = {3, 1}, rest[2] = {-1, 3};
  wp_tensor *leaf = make_leaf(three, 3), *made[3], *loss, *grad, *out;
  assert_ok(wp_tensor_view(&made[0], leaf, 0, wide, NULL, 2));
  assert_ok(wp_tensor_contiguous(&made[1], leaf));
  assert_ok(wp_tensor_to(&made[2], leaf, WP_DTYPE_FLOAT64));
  for (int i = 0; i < 3; i++) {
    assert_false(wp_tensor_requires_grad(made[i]));
    assert_fails(wp_tensor_backward(made[i]), WP_ERROR_MISMATCH);
    wp_tensor_release(made[i]);
  }

  assert_ok(wp_tensor_reshape(&made[0], leaf, rest, 2));
  assert_int_equal(wp_tensor_ndim(made[0]), 2);
  assert_int_equal(wp_tensor_shape(made[0])[0], 1);
  assert_ok(wp_tensor_to_dtype(&made[1], made[0], WP_DTYPE_FLOAT64));
  assert_int_equal(wp_tensor_dtype(made[1]), WP_DTYPE_FLOAT64);
  assert_ok(wp_tensor_to_dtype(&made[2], made[1], WP_DTYPE_FLOAT32));
  loss = mean_of_squares(made[2]);
  assert_ok(wp_tensor_backward(loss));
  assert_ok(wp_tensor_grad(&grad, leaf));
  assert_floats(grad, (float[]){2.f / 3, -4.f / 3, 8.f / 3}, 3, 1e-6);
  wp_tensor_release(grad);
  wp_tensor_release(loss);
  for (int i = 0; i < 3; i++) wp_tensor_release(made[i]);

  ASSERT_NO_TENSOR(WP_ERROR_TORCH, out, wp_tensor_reshape(&out, leaf, wide, 0));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_reshape(&out, leaf, NULL, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_reshape(&out, NULL, wide, 2));
  assert_fails(wp_tensor_reshape(NULL, leaf, wide, 2), WP_ERROR_INVALID_ARGUMENT);
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_to_dtype(&out, leaf, 999));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_to_dtype(&out, NULL, WP_DTYPE_FLOAT32));
  assert_fails(wp_tensor_to_dtype(NULL, leaf, WP_DTYPE_FLOAT32), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(leaf);
}

static wp_value *list_of(wp_tensor *const *tensors, size_t count) {
  wp_value *list;
  assert_ok(wp_value_create_list(&list));
  for (size_t i = 0; i < count; i++) {
    wp_value *item;
    assert_ok(tensors[i] ? wp_value_create_tensor(&item, tensors[i]) : wp_value_create_none(&item));
    assert_ok(wp_value_append(list, item));
    wp_value_release(item);
  }
  return list;
}

static void assert_grad_of(const wp_tensor *leaf, const float *expected) {
  wp_tensor *grad;
  assert_ok(wp_tensor_grad(&grad, leaf));
  assert_floats(grad, expected, 3, 1e-5);
  wp_tensor_release(grad);
}

static void backward_from_several(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(three, 3), *two = make_floats((float[]){2}, 1), *ones = make_floats((float[]){1, 2, 3}, 3);
  wp_tensor *losses[2] = {mean_of_squares(leaf), mean_of_squares(leaf)}, *weights[2] = {NULL, NULL};
  const int64_t scalar = 0;
  assert_ok(wp_tensor_view(&weights[1], two, 0, &scalar, NULL, 0));
  wp_value *from = list_of(losses, 2), *gradients = list_of(weights, 2), *one, *leaves, *outer, *plain;

  /* The weights of the losses are 1 and 2. */
  assert_ok(wp_autograd_backward(from, gradients, true));
  assert_grad_of(leaf, (float[]){2, -4, 8});
  assert_ok(wp_autograd_backward(from, NULL, false));
  assert_grad_of(leaf, (float[]){10.f / 3, -20.f / 3, 40.f / 3});
  assert_fails(wp_autograd_backward(from, NULL, false), WP_ERROR_TORCH); /* the history was used up */

  /* One tensor, of several elements. */
  assert_ok(wp_value_create_tensor(&one, leaf));
  assert_ok(wp_value_create_tensor(&outer, ones));
  assert_fails_at(wp_autograd_backward(one, NULL, false), WP_ERROR_MISMATCH, "0");
  assert_ok(wp_autograd_backward(one, outer, false));
  assert_grad_of(leaf, (float[]){13.f / 3, -14.f / 3, 49.f / 3});

  leaves = list_of(&ones, 1);
  plain = from_json("[1, 2]");
  assert_fails_at(wp_autograd_backward(leaves, NULL, false), WP_ERROR_MISMATCH, "0");
  assert_fails_at(wp_autograd_backward(plain, NULL, false), WP_ERROR_MISMATCH, "0");
  assert_fails_at(wp_autograd_backward(gradients, NULL, false), WP_ERROR_MISMATCH, "0");
  assert_fails(wp_autograd_backward(from, leaves, false), WP_ERROR_MISMATCH);
  assert_fails(wp_autograd_backward(NULL, NULL, false), WP_ERROR_INVALID_ARGUMENT);
  wp_value *const values[] = {from, gradients, one, leaves, outer, plain};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) wp_value_release(values[i]);
  wp_tensor *const tensors[] = {losses[0], losses[1], weights[1], two, ones, leaf};
  for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) wp_tensor_release(tensors[i]);
}

/* Two rows of an embedding have the gradients (2, 2) and (4, 4): the norm is sqrt(40). */
static void clip_grad_norm_counts_sparse_gradients(void **state) {
  (void)state;
  static const char description[] = "{\"class\": \"Embedding\", \"num_embeddings\": 5, \"embedding_dim\": 2, \"sparse\": true}";
  const int64_t rows[3] = {1, 3, 3}, count = 3;
  wp_model *model;
  wp_tensor *index, *out;
  wp_state_dict *parameters;
  wp_value *from, *gradient;
  double norm;
  assert_ok(wp_model_build_json(&model, description, strlen(description)));
  assert_ok(wp_tensor_from_data(&index, WP_DTYPE_INT64, &count, 1, rows, sizeof rows));
  assert_ok(wp_model_forward_tensor(&out, model, index));
  const int64_t shape[2] = {3, 2};
  wp_tensor *twos;
  assert_ok(wp_tensor_from_data(&twos, WP_DTYPE_FLOAT32, shape, 2, (float[]){2, 2, 2, 2, 2, 2}, 24));
  assert_ok(wp_value_create_tensor(&from, out));
  assert_ok(wp_value_create_tensor(&gradient, twos));
  assert_ok(wp_autograd_backward(from, gradient, false));
  assert_ok(wp_model_named_parameters(&parameters, model));
  assert_ok(wp_clip_grad_norm(&norm, parameters, 1, 2));
  assert_close(norm, sqrt(40), 1e-5);
  assert_ok(wp_clip_grad_norm(&norm, parameters, 1, 2));
  assert_close(norm, 1, 1e-5);
  wp_state_dict_release(parameters);
  wp_value_release(gradient);
  wp_value_release(from);
  wp_tensor_release(twos);
  wp_tensor_release(out);
  wp_tensor_release(index);
  wp_model_release(model);
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
      cmocka_unit_test(history_is_kept_or_openly_lost),
      cmocka_unit_test(backward_from_several),
      cmocka_unit_test(clip_grad_norm_scales_all_gradients_together),
      cmocka_unit_test(clip_grad_norm_counts_sparse_gradients),
      cmocka_unit_test(nothing_is_recorded_while_gradients_are_off),
      cmocka_unit_test(what_has_no_gradient_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
