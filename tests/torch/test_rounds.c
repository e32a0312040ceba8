/* SPDX-License-Identifier: MIT */
/* A thousand times: build, load, train, save. What the process holds does not grow. */
#include <malloc.h>
#include <weightport/torch/torch.h>

#include "../capi/expect_tensor.h"

enum { kRounds = 1000, kWarm = 50 };

static const char net[] =
    "{\"class\": \"Sequential\", \"modules\": {\"fc1\": {\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 4},"
    "\"act\": {\"class\": \"Tanh\"}, \"fc2\": {\"class\": \"Linear\", \"in_features\": 4, \"out_features\": 2}}}";

/* One round from a saved checkpoint to the next. */
static wp_tensor *train_further(const wp_tensor *saved) {
  wp_checkpoint *in, *out;
  wp_state_dict *weights;
  wp_model *model;
  wp_optimizer *optimizer;
  wp_loss *criterion;
  wp_value *hyperparameters, *state;
  wp_tensor *again, *output, *loss;
  static const char adam[] = "{\"lr\": 0.01}";
  static const int64_t labels[2] = {0, 1}, shape[1] = {2};

  assert_ok(wp_model_build_json(&model, net, sizeof net - 1));
  assert_ok(wp_value_from_json(&hyperparameters, adam, sizeof adam - 1));
  assert_ok(wp_optimizer_create_for_model(&optimizer, "Adam", model, hyperparameters));
  assert_ok(wp_loss_create(&criterion, "cross_entropy", NULL));
  if (saved) {
    const void *bytes;
    wp_value *optimizer_state;
    assert_ok(wp_tensor_data(&bytes, saved));
    assert_ok(wp_checkpoint_open_memory(&in, bytes, (size_t)wp_tensor_nbytes(saved), NULL, NULL));
    assert_ok(wp_checkpoint_state_dict(&weights, in, "model"));
    assert_ok(wp_model_load_state_dict(NULL, model, weights, NULL));
    assert_ok(wp_value_at(&optimizer_state, wp_checkpoint_root(in), "optimizer"));
    assert_ok(wp_optimizer_load_state_dict(optimizer, optimizer_state));
    wp_state_dict_release(weights);
    wp_checkpoint_release(in);
  }
  wp_tensor *x = make_numbers(), *y;
  assert_ok(wp_tensor_from_data(&y, WP_DTYPE_INT64, shape, 1, labels, sizeof labels));
  assert_ok(wp_model_forward_tensor(&output, model, x));
  assert_ok(wp_loss_compute(&loss, criterion, output, y));
  assert_ok(wp_tensor_backward(loss));
  assert_ok(wp_optimizer_step(optimizer));

  assert_ok(wp_checkpoint_create(&out));
  assert_ok(wp_model_state_dict(&weights, model));
  assert_ok(wp_checkpoint_set_state_dict(out, "model", weights));
  assert_ok(wp_optimizer_state_dict(&state, optimizer));
  assert_ok(wp_checkpoint_set(out, "optimizer", state));
  assert_ok(wp_checkpoint_save_memory(&again, out, NULL));

  wp_checkpoint_release(out);
  wp_value_release(state);
  wp_state_dict_release(weights);
  wp_tensor_release(loss);
  wp_tensor_release(output);
  wp_tensor_release(y);
  wp_tensor_release(x);
  wp_loss_release(criterion);
  wp_optimizer_release(optimizer);
  wp_value_release(hyperparameters);
  wp_model_release(model);
  return again;
}

static void a_thousand_rounds(void **state) {
  (void)state;
  wp_tensor *saved = NULL;
  size_t before = 0;
  for (int round = 0; round < kRounds; round++) {
    wp_tensor *next = train_further(saved);
    wp_tensor_release(saved);
    saved = next;
    if (round == kWarm) before = mallinfo2().uordblks;
  }
  wp_tensor_release(saved);
  /* A leak of one small object in each round would be more. */
  size_t after = mallinfo2().uordblks;
  if (after > before) assert_true(after - before <= (kRounds - kWarm) * 16);
}

static void damaged_weights_leave_nothing_behind(void **state) {
  (void)state;
  for (int round = 0; round < kRounds; round++) {
    wp_model *model;
    wp_state_dict *weights;
    wp_tensor *wrong = make_numbers();
    assert_ok(wp_model_build_json(&model, net, sizeof net - 1));
    assert_ok(wp_state_dict_create(&weights));
    assert_ok(wp_state_dict_set(weights, "fc1.weight", wrong));
    assert_fails(wp_model_load_state_dict(NULL, model, weights, NULL), WP_ERROR_MISMATCH);
    wp_tensor *out;
    assert_fails(wp_model_forward_tensor(&out, model, wp_state_dict_find(weights, "none")), WP_ERROR_INVALID_ARGUMENT);
    wp_tensor_release(wrong);
    wp_state_dict_release(weights);
    wp_model_release(model);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_thousand_rounds),
      cmocka_unit_test(damaged_weights_leave_nothing_behind),
  };
  return cmocka_run_group_tests_name("rounds", tests, NULL, NULL);
}
