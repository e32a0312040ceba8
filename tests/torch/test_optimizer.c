/* SPDX-License-Identifier: MIT */
/* optimizer.h: groups, hyperparameters, closures, and what is refused. The numbers of every optimizer are compared with
 * Python's by test_resume.c and beside_python.py. */
#include "small_optimizer.h"

static void groups_have_hyperparameters_of_their_own(void **state) {
  (void)state;
  wp_tensor *a = make_leaf(start, 2), *b = make_leaf(start, 2);
  wp_value *groups = two_groups(a, b, "[{\"lr\": 1, \"name\": \"trunk\"}, {}]");
  wp_optimizer *sgd = make_optimizer("SGD", groups, "{\"lr\": 0.5}");
  assert_string_equal(wp_optimizer_class(sgd), "SGD");
  assert_int_equal(wp_optimizer_param_group_count(sgd), 2);
  set_gradient(a);
  set_gradient(b);
  assert_ok(wp_optimizer_step(sgd));
  assert_floats(a, (float[]){0, 0}, 2, 0);
  assert_floats(b, (float[]){.5f, -.5f}, 2, 0);

  wp_value *group;
  assert_ok(wp_optimizer_param_group(&group, sgd, 0));
  assert_int_equal(wp_value_kind(wp_value_find(group, "lr", 2)), WP_KIND_INT);
  assert_non_null(wp_value_find(group, "name", 4));
  assert_null(wp_value_find(group, "params", 6));
  wp_value_release(group);
  ASSERT_NOTHING_AT(WP_ERROR_NOT_FOUND, "", group, wp_optimizer_param_group(&group, sgd, 2));

  wp_tensor *grad;
  assert_ok(wp_optimizer_zero_grad(sgd));
  assert_ok(wp_tensor_grad(&grad, b));
  assert_null(grad);
  wp_optimizer_release(wp_optimizer_retain(sgd));
  wp_optimizer_release(sgd);
  wp_value_release(groups);
  wp_tensor_release(b);
  wp_tensor_release(a);
}

static void hyperparameters_are_read_and_set(void **state) {
  (void)state;
  wp_tensor *a = make_leaf(start, 2), *b = make_leaf(start, 2);
  wp_value *groups = two_groups(a, b, "[{}, {\"lr\": 0.25}]"), *number = from_json("0.75"), *text = from_json("\"much\"");
  wp_optimizer *sgd = make_optimizer("SGD", groups, "{\"lr\": 0.5}");
  double lr;
  assert_ok(wp_optimizer_get_lr(&lr, sgd, 1));
  assert_close(lr, 0.25, 0);
  assert_ok(wp_optimizer_set_lr(sgd, 1, 0.125));
  assert_ok(wp_optimizer_get_lr(&lr, sgd, 1));
  assert_close(lr, 0.125, 0);
  assert_ok(wp_optimizer_set_lr(sgd, SIZE_MAX, 0.375));
  assert_ok(wp_optimizer_get_lr(&lr, sgd, 0));
  assert_close(lr, 0.375, 0);
  assert_fails_at(wp_optimizer_set_lr(sgd, 0, -1), WP_ERROR_INVALID_ARGUMENT, "lr");
  assert_fails(wp_optimizer_set_lr(sgd, 0, NAN), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_optimizer_set_lr(sgd, 2, 1), WP_ERROR_NOT_FOUND);
  assert_fails(wp_optimizer_get_lr(&lr, sgd, 2), WP_ERROR_NOT_FOUND);

  assert_ok(wp_optimizer_set(sgd, SIZE_MAX, "momentum", number));
  assert_ok(wp_optimizer_set(sgd, 0, "initial_lr", number));
  assert_fails_at(wp_optimizer_set(sgd, 0, "momentum", text), WP_ERROR_MISMATCH, "momentum");
  assert_fails_at(wp_optimizer_set(sgd, 0, "momentun", number), WP_ERROR_UNSUPPORTED, "momentun");
  assert_fails_at(wp_optimizer_set(sgd, 0, "betas", number), WP_ERROR_UNSUPPORTED, "betas");
  set_gradient(a);
  assert_ok(wp_optimizer_step(sgd));
  wp_value *saved = state_of(sgd);
  assert_close(number_at(saved, "param_groups.1.momentum"), 0.75, 0);
  assert_close(number_at(saved, "param_groups.0.initial_lr"), 0.75, 0);
  wp_value *buffer;
  assert_ok(wp_value_at(&buffer, saved, "state.0.momentum_buffer"));
  assert_floats(wp_value_tensor(buffer), start, 2, 0);
  wp_value_release(saved);
  wp_optimizer_release(sgd);
  wp_value_release(text);
  wp_value_release(number);
  wp_value_release(groups);
  wp_tensor_release(b);
  wp_tensor_release(a);
}

static void hyperparameters_that_cannot_be_are_refused_by_name(void **state) {
  (void)state;
  static const struct {
    const char *class_name, *hyperparameters;
    wp_code code;
    const char *key;
  } cases[] = {
      {"Adamax", "{}", WP_ERROR_NOT_FOUND, "Adamax"},
      {"SGD", "{\"maximize\": true}", WP_ERROR_UNSUPPORTED, "maximize"},
      {"Adam", "{\"frobnicate\": true}", WP_ERROR_UNSUPPORTED, "frobnicate"},
      {"RMSprop", "{\"differentiable\": true}", WP_ERROR_UNSUPPORTED, "differentiable"},
      {"Adam", "{\"decoupled_weight_decay\": true}", WP_ERROR_UNSUPPORTED, "decoupled_weight_decay"},
      {"AdamW", "{\"decoupled_weight_decay\": false}", WP_ERROR_UNSUPPORTED, "decoupled_weight_decay"},
      {"Adam", "{\"momentum\": 0.9}", WP_ERROR_UNSUPPORTED, "momentum"},
      {"LBFGS", "{\"line_search_fn\": \"armijo\"}", WP_ERROR_UNSUPPORTED, "line_search_fn"},
      {"SGD", "{\"lr\": -1}", WP_ERROR_INVALID_ARGUMENT, "lr"},
      {"SGD", "{\"momentum\": -0.1}", WP_ERROR_INVALID_ARGUMENT, "momentum"},
      {"SGD", "{\"nesterov\": true}", WP_ERROR_INVALID_ARGUMENT, "nesterov"},
      {"Adam", "{\"betas\": [0.9, 1]}", WP_ERROR_INVALID_ARGUMENT, "betas"},
      {"Adam", "{\"betas\": 0.9}", WP_ERROR_MISMATCH, "betas"},
      {"Adam", "{\"betas\": [0.9]}", WP_ERROR_MISMATCH, "betas"},
      {"Adam", "{\"amsgrad\": 1}", WP_ERROR_MISMATCH, "amsgrad"},
      {"AdamW", "{\"weight_decay\": true}", WP_ERROR_MISMATCH, "weight_decay"},
      {"AdamW", "{\"foreach\": 1}", WP_ERROR_MISMATCH, "foreach"},
      {"LBFGS", "{\"max_iter\": 2.5}", WP_ERROR_MISMATCH, "max_iter"},
      {"LBFGS", "{\"history_size\": 0}", WP_ERROR_INVALID_ARGUMENT, "history_size"},
  };
  wp_tensor *leaf = make_leaf(start, 2);
  wp_value *params = list_of(&leaf, 1);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wp_value *hyperparameters = from_json(cases[i].hyperparameters);
    wp_optimizer *out;
    ASSERT_NOTHING_AT(cases[i].code, cases[i].key, out,
                      wp_optimizer_create(&out, cases[i].class_name, params, hyperparameters));
    wp_value_release(hyperparameters);
  }
  wp_value_release(params);
  wp_tensor_release(leaf);
}

static void whole_numbers_and_advice_are_accepted(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(start, 2);
  wp_optimizer *adam =
      make_small("Adam", leaf, "{\"lr\": 1, \"foreach\": true, \"fused\": true, \"capturable\": true, \"maximize\": false}");
  wp_value *group;
  assert_ok(wp_optimizer_param_group(&group, adam, 0));
  assert_int_equal(wp_value_kind(wp_value_find(group, "betas", 5)), WP_KIND_TUPLE);
  bool fused;
  assert_ok(wp_value_get_bool(&fused, wp_value_find(group, "fused", 5)));
  assert_true(fused);
  wp_value_release(group);
  set_gradient(leaf);
  assert_ok(wp_optimizer_step(adam));
  assert_floats(leaf, (float[]){0, 0}, 2, 1e-6);
  wp_optimizer_release(adam);
  wp_tensor_release(leaf);
}

static void parameters_that_cannot_be_trained_are_refused(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(start, 2), *plain = make_floats(start, 2), *twice[2] = {leaf, leaf};
  wp_value *of_plain = list_of(&plain, 1), *of_twice = list_of(twice, 2), *empty = list_of(NULL, 0),
           *groups = from_json("[{\"lr\": 1}]"), *numbers = from_json("[1, 2]"), *two = two_groups(leaf, plain, "[{}, {}]");
  wp_optimizer *out;
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "params.0", out, wp_optimizer_create(&out, "SGD", of_plain, NULL));
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "", out, wp_optimizer_create(&out, "SGD", of_twice, NULL));
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "", out, wp_optimizer_create(&out, "SGD", empty, NULL));
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "params.0", out, wp_optimizer_create(&out, "SGD", groups, NULL));
  ASSERT_NOTHING_AT(WP_ERROR_MISMATCH, "params.0", out, wp_optimizer_create(&out, "SGD", numbers, NULL));
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "params.1.params.0", out, wp_optimizer_create(&out, "SGD", two, NULL));
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "", out, wp_optimizer_create(&out, "SGD", NULL, NULL));
  assert_fails(wp_optimizer_create(NULL, "SGD", of_twice, NULL), WP_ERROR_INVALID_ARGUMENT);
  wp_value_release(two);
  wp_value_release(numbers);
  wp_value_release(groups);
  wp_value_release(empty);
  wp_value_release(of_twice);
  wp_value_release(of_plain);
  wp_tensor_release(plain);
  wp_tensor_release(leaf);
}

typedef struct {
  const wp_tensor *leaf;
  wp_optimizer *optimizer;
  int calls, fail_at;
  bool give_nothing;
} closure_user;

/* The sum of squares. */
static int32_t closure(wp_tensor **loss, void *user) {
  closure_user *u = user;
  if (++u->calls == u->fail_at) return 7;
  if (u->give_nothing) return 0;
  const float zeros[2] = {0, 0};
  wp_value *sum = from_json("{\"reduction\": \"sum\"}");
  wp_tensor *target = make_floats(zeros, 2);
  wp_loss *mse;
  assert_ok(wp_optimizer_zero_grad(u->optimizer));
  assert_ok(wp_loss_create(&mse, "mse_loss", sum));
  assert_ok(wp_loss_compute(loss, mse, u->leaf, target));
  assert_ok(wp_tensor_backward(*loss));
  wp_loss_release(mse);
  wp_tensor_release(target);
  wp_value_release(sum);
  return 0;
}

static void a_closure_computes_the_loss(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(start, 2), *loss;
  closure_user user = {leaf, make_small("SGD", leaf, "{\"lr\": 0.25}"), 0, 0, false};
  /* Gradients are recorded in it, whatever the thread's setting. */
  bool before = wp_set_grad_enabled(false);
  assert_ok(wp_optimizer_step_closure(&loss, user.optimizer, closure, &user));
  assert_false(wp_set_grad_enabled(before));
  assert_close(item_of(loss), 2, 1e-6);
  assert_int_equal(user.calls, 1);
  assert_floats(leaf, (float[]){.5f, -.5f}, 2, 1e-6);
  wp_tensor_release(loss);

  user.fail_at = 2;
  wp_error *error = wp_optimizer_step_closure(&loss, user.optimizer, closure, &user);
  assert_null(loss);
  assert_int_equal(wp_error_code(error), WP_ERROR_CALLBACK);
  assert_int_equal(wp_error_status(error), 7);
  wp_error_release(error);
  user.give_nothing = true;
  ASSERT_NO_TENSOR(WP_ERROR_CALLBACK, loss, wp_optimizer_step_closure(&loss, user.optimizer, closure, &user));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, loss, wp_optimizer_step_closure(&loss, user.optimizer, NULL, &user));
  wp_optimizer_release(user.optimizer);
  wp_tensor_release(leaf);
}

static void lbfgs_needs_a_closure_and_one_group(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(start, 2), *other = make_leaf(start, 2), *loss;
  closure_user user = {leaf, make_small("LBFGS", leaf, "{\"line_search_fn\": \"strong_wolfe\"}"), 0, 0, false};
  assert_fails(wp_optimizer_step(user.optimizer), WP_ERROR_UNSUPPORTED);
  assert_ok(wp_optimizer_step_closure(&loss, user.optimizer, closure, &user));
  assert_close(item_of(loss), 2, 1e-6);
  assert_floats(leaf, (float[]){0, 0}, 2, 1e-6);
  wp_tensor_release(loss);
  wp_value *saved = state_of(user.optimizer);
  assert_close(number_at(saved, "state.0.func_evals"), user.calls, 0);
  assert_close(number_at(saved, "param_groups.0.max_eval"), 25, 0);
  wp_value_release(saved);
  user.fail_at = user.calls + 1;
  ASSERT_NO_TENSOR(WP_ERROR_CALLBACK, loss, wp_optimizer_step_closure(&loss, user.optimizer, closure, &user));

  wp_value *groups = two_groups(leaf, other, "[{}, {}]");
  wp_optimizer *out;
  ASSERT_NOTHING_AT(WP_ERROR_UNSUPPORTED, "", out, wp_optimizer_create(&out, "LBFGS", groups, NULL));
  wp_value_release(groups);
  wp_optimizer_release(user.optimizer);
  wp_tensor_release(other);
  wp_tensor_release(leaf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(groups_have_hyperparameters_of_their_own),
      cmocka_unit_test(hyperparameters_are_read_and_set),
      cmocka_unit_test(hyperparameters_that_cannot_be_are_refused_by_name),
      cmocka_unit_test(whole_numbers_and_advice_are_accepted),
      cmocka_unit_test(parameters_that_cannot_be_trained_are_refused),
      cmocka_unit_test(a_closure_computes_the_loss),
      cmocka_unit_test(lbfgs_needs_a_closure_and_one_group),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
