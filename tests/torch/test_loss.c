/* SPDX-License-Identifier: MIT */
/* loss.h: known numbers, options and errors. Every option is compared with Python by resume.py. */
#include "expect.h"

static wp_loss *make_loss(const char *name, const char *options) {
  wp_value *read = options ? from_json(options) : NULL;
  wp_loss *loss;
  assert_ok(wp_loss_create(&loss, name, read));
  wp_value_release(read);
  return loss;
}

/* Of an input and a target of two numbers. */
static double loss_of_two(const char *name, const char *options, const float *input, const float *target) {
  wp_loss *loss = make_loss(name, options);
  wp_tensor *in = make_floats(input, 2), *to = make_floats(target, 2), *out;
  assert_ok(wp_loss_compute(&out, loss, in, to));
  double number = item_of(out);
  wp_tensor_release(out);
  wp_tensor_release(to);
  wp_tensor_release(in);
  wp_loss_release(loss);
  return number;
}

static void losses_are_those_of_their_formulas(void **state) {
  (void)state;
  const float input[2] = {1, 5}, target[2] = {0.5f, 2};
  assert_close(loss_of_two("mse_loss", NULL, input, target), (0.25 + 9) / 2, 1e-6);
  assert_close(loss_of_two("MSELoss", "{\"reduction\": \"sum\"}", input, target), 9.25, 1e-6);
  assert_close(loss_of_two("l1_loss", NULL, input, target), 1.75, 1e-6);
  assert_close(loss_of_two("smooth_l1_loss", NULL, input, target), (0.125 + 2.5) / 2, 1e-6);
  assert_close(loss_of_two("SmoothL1Loss", "{\"beta\": 2}", input, target), (0.25 / 4 + 2) / 2, 1e-6);
  assert_close(loss_of_two("huber_loss", "{\"delta\": 0.1}", input, target), (0.1 * 0.45 + 0.1 * 2.95) / 2, 1e-6);
  const float probabilities[2] = {0.25f, 0.5f}, labels[2] = {1, 0};
  assert_close(loss_of_two("binary_cross_entropy", NULL, probabilities, labels), (log(4) + log(2)) / 2, 1e-6);
  const float logits[2] = {0, 0};
  assert_close(loss_of_two("BCEWithLogitsLoss", NULL, logits, labels), log(2), 1e-6);
  const float logs[2] = {-1, -2}, wanted[2] = {1, 0.5f};
  double kl = 1 * (0 + 1) + 0.5 * (log(0.5) + 2);
  assert_close(loss_of_two("kl_div", "{\"reduction\": \"batchmean\"}", logs, wanted), kl / 2, 1e-6);
}

static void cross_entropy_takes_classes_and_starts_backward(void **state) {
  (void)state;
  const int64_t logits_shape[2] = {2, 2}, target_shape[1] = {2}, classes[2] = {0, 1};
  const float zeros[4] = {0, 0, 0, 0};
  wp_loss *loss = make_loss("cross_entropy", NULL);
  wp_tensor *plain, *logits, *target, *out, *grad;
  assert_ok(wp_tensor_from_data(&plain, WP_DTYPE_FLOAT32, logits_shape, 2, zeros, sizeof zeros));
  assert_ok(wp_tensor_track(&logits, plain));
  assert_ok(wp_tensor_from_data(&target, WP_DTYPE_INT64, target_shape, 1, classes, sizeof classes));
  assert_ok(wp_loss_compute(&out, loss, logits, target));
  assert_close(item_of(out), log(2), 1e-6);
  assert_ok(wp_tensor_backward(out));
  assert_ok(wp_tensor_grad(&grad, logits));
  assert_floats(grad, (float[]){-.25f, .25f, .25f, -.25f}, 4, 1e-6);
  wp_tensor_release(grad);
  wp_tensor_release(out);

  wp_loss *ignoring = make_loss("CrossEntropyLoss", "{\"ignore_index\": 1, \"reduction\": \"none\"}");
  assert_ok(wp_loss_compute(&out, ignoring, logits, target));
  assert_floats(out, (float[]){logf(2), 0}, 2, 1e-6);
  wp_tensor_release(out);
  wp_loss_release(ignoring);
  wp_tensor_release(target);
  wp_tensor_release(logits);
  wp_tensor_release(plain);
  wp_loss_release(wp_loss_retain(loss));
  wp_loss_release(loss);
}

static void options_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *name, *options;
    wp_code code;
    const char *key;
  } cases[] = {
      {"hinge_embedding_loss", "{}", WP_ERROR_NOT_FOUND, "hinge_embedding_loss"},
      {"mse_loss", "{\"weight\": null}", WP_ERROR_UNSUPPORTED, "weight"},
      {"cross_entropy", "{\"size_average\": true}", WP_ERROR_UNSUPPORTED, "size_average"},
      {"l1_loss", "{\"reduction\": \"average\"}", WP_ERROR_MISMATCH, "reduction"},
      {"l1_loss", "{\"reduction\": \"batchmean\"}", WP_ERROR_MISMATCH, "reduction"},
      {"l1_loss", "{\"reduction\": 1}", WP_ERROR_MISMATCH, "reduction"},
      {"cross_entropy", "{\"ignore_index\": 1.5}", WP_ERROR_MISMATCH, "ignore_index"},
      {"cross_entropy", "{\"label_smoothing\": 1.5}", WP_ERROR_MISMATCH, "label_smoothing"},
      {"cross_entropy", "{\"label_smoothing\": true}", WP_ERROR_MISMATCH, "label_smoothing"},
      {"cross_entropy", "{\"weight\": [1, 2]}", WP_ERROR_MISMATCH, "weight"},
      {"smooth_l1_loss", "{\"beta\": -1}", WP_ERROR_MISMATCH, "beta"},
      {"huber_loss", "{\"delta\": 0}", WP_ERROR_MISMATCH, "delta"},
      {"kl_div", "{\"log_target\": 1}", WP_ERROR_MISMATCH, "log_target"},
      {"mse_loss", "[]", WP_ERROR_INVALID_ARGUMENT, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wp_value *options = from_json(cases[i].options);
    wp_loss *loss;
    ASSERT_NOTHING_AT(cases[i].code, cases[i].key, loss, wp_loss_create(&loss, cases[i].name, options));
    wp_value_release(options);
  }
  wp_loss *loss;
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "", loss, wp_loss_create(&loss, NULL, NULL));
  assert_fails(wp_loss_create(NULL, "l1_loss", NULL), WP_ERROR_INVALID_ARGUMENT);
}

static void shapes_that_do_not_fit_are_an_error(void **state) {
  (void)state;
  const float values[3] = {0, 0, 0};
  wp_tensor *two = make_floats(values, 2), *three = make_floats(values, 3), *out;
  static const char *const names[] = {"mse_loss", "binary_cross_entropy", "BCEWithLogitsLoss", "cross_entropy", "kl_div"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    wp_loss *loss = make_loss(names[i], NULL);
    ASSERT_NO_TENSOR(WP_ERROR_TORCH, out, wp_loss_compute(&out, loss, two, three));
    ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_loss_compute(&out, loss, two, NULL));
    wp_loss_release(loss);
  }
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_loss_compute(&out, NULL, two, two));
  wp_tensor_release(three);
  wp_tensor_release(two);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(losses_are_those_of_their_formulas),
      cmocka_unit_test(cross_entropy_takes_classes_and_starts_backward),
      cmocka_unit_test(options_are_checked),
      cmocka_unit_test(shapes_that_do_not_fit_are_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
