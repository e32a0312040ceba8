/* SPDX-License-Identifier: MIT */
/* scheduler.h: learning rates by hand, state_dicts and errors. beside_python.py compares fifty steps of each with Python's. */
#include "expect.h"

static wp_optimizer *make_optimizer(wp_tensor *leaf) {
  wp_state_dict *parameters;
  wp_value *params, *lr = from_json("{\"lr\": 1}");
  wp_optimizer *made;
  assert_ok(wp_state_dict_create(&parameters));
  assert_ok(wp_state_dict_set(parameters, "leaf", leaf));
  assert_ok(wp_state_dict_to_value(&params, parameters));
  assert_ok(wp_optimizer_create(&made, "SGD", params, lr));
  wp_value_release(lr);
  wp_value_release(params);
  wp_state_dict_release(parameters);
  return made;
}

static wp_tensor *leaf;
static wp_optimizer *optimizer;

static int set_up(void **state) {
  (void)state;
  leaf = make_leaf((float[]){1}, 1);
  optimizer = make_optimizer(leaf);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  wp_optimizer_release(optimizer);
  wp_tensor_release(leaf);
  return 0;
}

static wp_scheduler *make_scheduler(const char *class_name, const char *options) {
  wp_value *read = from_json(options);
  wp_scheduler *made;
  assert_ok(wp_scheduler_create(&made, class_name, optimizer, read));
  wp_value_release(read);
  return made;
}

static wp_value *state_of(const wp_scheduler *scheduler) {
  wp_value *state;
  assert_ok(wp_scheduler_state_dict(&state, scheduler));
  return state;
}

/* The optimizer's and the scheduler's. */
static void assert_lr(const wp_scheduler *scheduler, double expected) {
  double lr;
  assert_ok(wp_optimizer_get_lr(&lr, optimizer, 0));
  assert_close(lr, expected, 1e-12);
  assert_ok(wp_scheduler_get_last_lr(&lr, scheduler, 0));
  assert_close(lr, expected, 1e-12);
}

static void assert_lrs(wp_scheduler *scheduler, const double *expected, size_t count) {
  for (size_t i = 0; i < count; i++) {
    assert_ok(wp_scheduler_step(scheduler));
    assert_lr(scheduler, expected[i]);
  }
}

static void learning_rates_follow_the_schedule(void **state) {
  (void)state;
  wp_scheduler *scheduler = make_scheduler("StepLR", "{\"step_size\": 2, \"gamma\": 0.5}");
  assert_lr(scheduler, 1);
  assert_lrs(scheduler, (double[]){1, .5, .5, .25}, 4);
  wp_scheduler_release(wp_scheduler_retain(scheduler));
  wp_scheduler_release(scheduler);
}

static void milestones_are_counted(void **state) {
  (void)state;
  wp_scheduler *scheduler = make_scheduler("MultiStepLR", "{\"milestones\": [1, 3, 3], \"gamma\": 0.5}");
  assert_lrs(scheduler, (double[]){.5, .5, .125, .125}, 4);
  wp_scheduler_release(scheduler);
}

static void cosine_ends_at_its_least(void **state) {
  (void)state;
  wp_scheduler *scheduler = make_scheduler("CosineAnnealingLR", "{\"T_max\": 2, \"eta_min\": 0.5}");
  assert_lrs(scheduler, (double[]){.75, .5, .75, 1}, 4);
  wp_scheduler_release(scheduler);
}

static double halves(int64_t epoch, size_t group, void *user) {
  assert_int_equal(group, 0);
  ++*(int *)user;
  return pow(.5, (double)epoch);
}

static void a_lambda_is_asked_for_each_epoch(void **state) {
  (void)state;
  int calls = 0;
  wp_scheduler *scheduler;
  assert_ok(wp_scheduler_create_lambda(&scheduler, optimizer, halves, &calls));
  assert_lr(scheduler, 1);
  assert_lrs(scheduler, (double[]){.5, .25}, 2);
  assert_int_equal(calls, 3);
  assert_fails(wp_scheduler_step_metric(scheduler, 1), WP_ERROR_UNSUPPORTED);
  wp_scheduler_release(scheduler);
}

static void a_plateau_reduces_the_learning_rate(void **state) {
  (void)state;
  wp_scheduler *scheduler =
      make_scheduler("ReduceLROnPlateau", "{\"patience\": 1, \"factor\": 0.5, \"cooldown\": 1, \"min_lr\": [0.3]}");
  static const struct { double metric, lr; } steps[] = {{1, 1}, {2, 1}, {2, .5}, {2, .5}, {2, .5}, {2, .3}, {0.5, .3}};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    assert_ok(wp_scheduler_step_metric(scheduler, steps[i].metric));
    assert_lr(scheduler, steps[i].lr);
  }
  assert_fails(wp_scheduler_step(scheduler), WP_ERROR_UNSUPPORTED);
  wp_value *saved = state_of(scheduler);
  assert_close(number_at(saved, "best"), 0.5, 0);
  assert_close(number_at(saved, "last_epoch"), 7, 0);
  wp_value_release(saved);
  wp_scheduler_release(scheduler);
}

static void states_go_on_where_they_stopped(void **state) {
  (void)state;
  wp_scheduler *first = make_scheduler("MultiStepLR", "{\"milestones\": [3], \"gamma\": 0.5}"), *second;
  assert_lrs(first, (double[]){1, 1}, 2);
  wp_value *saved = state_of(first), *value = from_json("\"kept\"");
  assert_close(number_at(saved, "last_epoch"), 2, 0);
  assert_close(number_at(saved, "_step_count"), 3, 0);
  assert_close(number_at(saved, "base_lrs.0"), 1, 0);
  assert_string_equal(wp_value_class(wp_value_find(saved, "milestones", 10)), "collections.Counter");
  assert_ok(wp_value_set(saved, "_is_initial", 11, value));
  wp_scheduler_release(first);

  second = make_scheduler("MultiStepLR", "{\"milestones\": [100]}");
  assert_ok(wp_scheduler_load_state_dict(second, saved));
  assert_lrs(second, (double[]){.5, .5}, 2);
  wp_value *again = state_of(second);
  assert_non_null(wp_value_find(again, "_is_initial", 11));
  wp_value_release(again);
  wp_scheduler_release(second);
  wp_value_release(value);
  wp_value_release(saved);
}

static void states_that_do_not_fit_change_nothing(void **state) {
  (void)state;
  static const struct {
    const char *class_name, *options, *state, *key;
    wp_code code;
  } cases[] = {
      {"StepLR", "{\"step_size\": 2}", "{\"last_epoch\": 5, \"step_size\": 0}", "step_size", WP_ERROR_INVALID_ARGUMENT},
      {"StepLR", "{\"step_size\": 2}", "{\"last_epoch\": 5, \"gamma\": \"x\"}", "gamma", WP_ERROR_MISMATCH},
      {"StepLR", "{\"step_size\": 2}", "{\"last_epoch\": 5.5}", "last_epoch", WP_ERROR_MISMATCH},
      {"StepLR", "{\"step_size\": 2}", "{\"last_epoch\": 9223372036854775807}", "last_epoch", WP_ERROR_INVALID_ARGUMENT},
      {"CosineAnnealingLR", "{\"T_max\": 2}", "{\"T_max\": 0.0}", "T_max", WP_ERROR_INVALID_ARGUMENT},
      {"CosineAnnealingLR", "{\"T_max\": 2}", "{\"T_max\": -1e300}", "T_max", WP_ERROR_INVALID_ARGUMENT},
      {"StepLR", "{\"step_size\": 2}", "{\"last_epoch\": 5, \"base_lrs\": [1, 1]}", "base_lrs", WP_ERROR_MISMATCH},
      {"StepLR", "{\"step_size\": 2}", "{\"last_epoch\": 5, \"_last_lr\": [\"x\"]}", "_last_lr.0", WP_ERROR_MISMATCH},
      {"StepLR", "{\"step_size\": 2}", "[]", "state_dict", WP_ERROR_MISMATCH},
      {"MultiStepLR", "{\"milestones\": [2]}", "{\"milestones\": [2]}", "milestones", WP_ERROR_MISMATCH},
      {"ReduceLROnPlateau", "{}", "{\"last_epoch\": 5, \"mode\": \"least\"}", "mode", WP_ERROR_INVALID_ARGUMENT},
      {"ReduceLROnPlateau", "{}", "{\"last_epoch\": 5, \"min_lrs\": []}", "min_lrs", WP_ERROR_MISMATCH},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wp_scheduler *scheduler = make_scheduler(cases[i].class_name, cases[i].options);
    wp_value *bad = from_json(cases[i].state), *after;
    assert_fails_at(wp_scheduler_load_state_dict(scheduler, bad), cases[i].code, cases[i].key);
    after = state_of(scheduler);
    assert_close(number_at(after, "last_epoch"), 0, 0);
    wp_value_release(after);
    wp_value_release(bad);
    wp_scheduler_release(scheduler);
  }
}

static void options_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *class_name, *options, *key;
    wp_code code;
  } cases[] = {
      {"CyclicLR", "{}", "CyclicLR", WP_ERROR_NOT_FOUND},
      {"StepLR", "{}", "step_size", WP_ERROR_INVALID_ARGUMENT},
      {"StepLR", "{\"step_size\": 0}", "step_size", WP_ERROR_INVALID_ARGUMENT},
      {"StepLR", "{\"step_size\": 1.5}", "step_size", WP_ERROR_MISMATCH},
      {"StepLR", "{\"step_size\": 1, \"T_max\": 2}", "T_max", WP_ERROR_UNSUPPORTED},
      {"StepLR", "{\"step_size\": 1, \"last_epoch\": 3}", "last_epoch", WP_ERROR_INVALID_ARGUMENT},
      {"MultiStepLR", "{\"milestones\": 5}", "milestones", WP_ERROR_MISMATCH},
      {"MultiStepLR", "{\"milestones\": [1, \"x\"]}", "milestones.1", WP_ERROR_MISMATCH},
      {"ExponentialLR", "{\"gamma\": true}", "gamma", WP_ERROR_MISMATCH},
      {"ReduceLROnPlateau", "{\"factor\": 1}", "factor", WP_ERROR_INVALID_ARGUMENT},
      {"ReduceLROnPlateau", "{\"min_lr\": [0, 0]}", "min_lr", WP_ERROR_INVALID_ARGUMENT},
      {"ReduceLROnPlateau", "{\"threshold_mode\": \"most\"}", "threshold_mode", WP_ERROR_INVALID_ARGUMENT},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wp_value *options = from_json(cases[i].options);
    wp_scheduler *out;
    ASSERT_NOTHING_AT(cases[i].code, cases[i].key, out, wp_scheduler_create(&out, cases[i].class_name, optimizer, options));
    wp_value_release(options);
  }
  wp_scheduler *out;
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "", out, wp_scheduler_create(&out, "StepLR", NULL, NULL));
  ASSERT_NOTHING_AT(WP_ERROR_INVALID_ARGUMENT, "", out, wp_scheduler_create_lambda(&out, optimizer, NULL, NULL));
  assert_fails(wp_scheduler_step(NULL), WP_ERROR_INVALID_ARGUMENT);
}

static void it_keeps_its_optimizer_and_marks_its_groups(void **state) {
  (void)state;
  wp_scheduler *scheduler = make_scheduler("ExponentialLR", "{\"gamma\": 0.5}");
  wp_value *group;
  double lr;
  assert_ok(wp_scheduler_step(scheduler));
  assert_ok(wp_optimizer_param_group(&group, optimizer, 0));
  assert_close(number_at(group, "initial_lr"), 1, 0);
  assert_close(number_at(group, "lr"), .5, 0);
  wp_value_release(group);
  wp_optimizer_release(optimizer);
  optimizer = NULL;
  assert_ok(wp_scheduler_step(scheduler));
  assert_ok(wp_scheduler_get_last_lr(&lr, scheduler, 0));
  assert_close(lr, .25, 0);
  assert_fails(wp_scheduler_get_last_lr(&lr, scheduler, 1), WP_ERROR_NOT_FOUND);
  wp_scheduler_release(scheduler);
}

static void training_goes_on_from_a_later_epoch(void **state) {
  (void)state;
  wp_value *initial = from_json("1");
  assert_ok(wp_optimizer_set(optimizer, 0, "initial_lr", initial));
  wp_scheduler *scheduler = make_scheduler("CosineAnnealingLR", "{\"T_max\": 4, \"last_epoch\": 1}");
  assert_lr(scheduler, .5);
  wp_scheduler_release(scheduler);
  wp_value_release(initial);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(learning_rates_follow_the_schedule),
      TEST(milestones_are_counted),
      TEST(cosine_ends_at_its_least),
      TEST(a_lambda_is_asked_for_each_epoch),
      TEST(a_plateau_reduces_the_learning_rate),
      TEST(states_go_on_where_they_stopped),
      TEST(states_that_do_not_fit_change_nothing),
      TEST(options_are_checked),
      TEST(it_keeps_its_optimizer_and_marks_its_groups),
      TEST(training_goes_on_from_a_later_epoch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
