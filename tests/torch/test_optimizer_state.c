/* SPDX-License-Identifier: MIT */
/* optimizer.h: state_dict() and load_state_dict(). */
#include "small_optimizer.h"

/* An Adam that took one step, and its state. */
static wp_optimizer *make_stepped(wp_tensor *leaf, wp_value **saved) {
  wp_optimizer *adam = make_small("Adam", leaf, "{\"lr\": 0.25}");
  set_gradient(leaf);
  assert_ok(wp_optimizer_step(adam));
  *saved = state_of(adam);
  return adam;
}

static void assert_equal_values(const wp_value *a, const wp_value *b) {
  wp_checkpoint *first, *second;
  wp_report *report;
  assert_ok(wp_checkpoint_create(&first));
  assert_ok(wp_checkpoint_create(&second));
  assert_ok(wp_checkpoint_set_root(first, a));
  assert_ok(wp_checkpoint_set_root(second, b));
  assert_ok(wp_checkpoint_diff(&report, first, second, NULL));
  for (size_t i = 0; i < wp_report_size(report); i++) {
    print_error("%s: %s\n", wp_report_key(report, i), wp_report_message(report, i));
  }
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);
  wp_checkpoint_release(second);
  wp_checkpoint_release(first);
}

static void set_at(wp_value *tree, const char *path, const char *key, wp_value *value) {
  wp_value *dict;
  assert_ok(wp_value_at(&dict, tree, path));
  assert_ok(wp_value_set(dict, key, strlen(key), value));
  wp_value_release(value);
}

static void what_libtorch_does_not_know_is_carried_through(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(start, 2), *other = make_leaf(start, 2);
  wp_value *saved, *foreign, *states;
  wp_optimizer *adam = make_stepped(leaf, &saved), *again = make_small("Adam", other, "{}");
  set_at(saved, "param_groups.0", "cautious", from_json("\"very\""));
  set_at(saved, "param_groups.0", "initial_lr", from_json("0.5"));
  /* Python does not look at the first, which no optimizer of PyTorch has, and the others change no number. */
  static const char *const switched_on[] = {"frobnicate", "foreach", "fused", "capturable"};
  for (size_t i = 0; i < sizeof switched_on / sizeof *switched_on; i++) {
    set_at(saved, "param_groups.0", switched_on[i], from_json("true"));
  }
  set_at(saved, "state.0", "trust", from_json("[1, 2.5]"));
  set_at(saved, "state.0", "step", from_json("1"));
  assert_ok(wp_value_at(&states, saved, "state"));
  foreign = from_json("{\"what\": 1}");
  assert_ok(wp_value_set_int(states, 99, foreign));
  assert_ok(wp_value_set(states, "extra", 5, foreign));
  wp_value_release(foreign);

  assert_ok(wp_optimizer_load_state_dict(again, saved));
  wp_value *out = state_of(again), *step;
  assert_equal_values(out, saved);
  /* The number of steps is an int still after one more, as it was loaded as one. */
  wp_value_release(out);
  set_gradient(other);
  assert_ok(wp_optimizer_step(again));
  out = state_of(again);
  assert_ok(wp_value_at(&step, out, "state.0.step"));
  assert_int_equal(wp_value_kind(step), WP_KIND_INT);
  assert_close(number_at(out, "state.0.step"), 2, 0);
  assert_close(number_at(out, "state.0.trust.1"), 2.5, 0);
  wp_value_release(out);

  /* It has memory of its own. */
  assert_close(number_at(saved, "state.0.step"), 1, 0);
  set_gradient(leaf);
  assert_ok(wp_optimizer_step(adam));
  wp_value_release(saved);
  wp_optimizer_release(again);
  wp_optimizer_release(adam);
  wp_tensor_release(other);
  wp_tensor_release(leaf);
}

static void a_new_optimizer_has_the_keys_of_pytorch(void **state) {
  (void)state;
  static const struct {
    const char *class_name, *group;
  } cases[] = {
      {"SGD",
       "{\"lr\": 0.001, \"momentum\": 0, \"dampening\": 0, \"weight_decay\": 0, \"nesterov\": false, \"maximize\": false,"
       "\"foreach\": null, \"differentiable\": false, \"fused\": null}"},
      {"RMSprop", "{\"lr\": 0.01, \"momentum\": 0, \"alpha\": 0.99, \"eps\": 1e-8, \"centered\": false, \"weight_decay\": 0,"
                  "\"capturable\": false, \"foreach\": null, \"maximize\": false, \"differentiable\": false}"},
      {"LBFGS", "{\"lr\": 1, \"max_iter\": 20, \"max_eval\": 25, \"tolerance_grad\": 1e-7, \"tolerance_change\": 1e-9,"
                "\"history_size\": 100, \"line_search_fn\": null, \"maximize\": false}"},
  };
  wp_tensor *leaf = make_leaf(start, 2);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wp_optimizer *made = make_small(cases[i].class_name, leaf, "{}");
    wp_value *group, *expected = from_json(cases[i].group);
    assert_ok(wp_optimizer_param_group(&group, made, 0));
    assert_equal_values(group, expected);
    wp_value_release(expected);
    wp_value_release(group);
    wp_optimizer_release(made);
  }
  wp_tensor_release(leaf);
}

static void a_state_that_does_not_fit_changes_nothing(void **state) {
  (void)state;
  static const struct {
    const char *path, *key, *value;
    wp_code code;
    const char *error_key;
  } cases[] = {
      {"", "state", "[]", WP_ERROR_MISMATCH, "state"},
      {"", "param_groups", "[]", WP_ERROR_MISMATCH, "param_groups"},
      {"", "param_groups", "{}", WP_ERROR_MISMATCH, "param_groups"},
      {"", "param_groups", "[1]", WP_ERROR_MISMATCH, "param_groups.0"},
      {"param_groups.0", "params", "[0, 1]", WP_ERROR_MISMATCH, "param_groups.0.params"},
      {"param_groups.0", "params", "[\"a\"]", WP_ERROR_MISMATCH, "param_groups.0.params"},
      {"param_groups.0", "lr", "\"fast\"", WP_ERROR_MISMATCH, "param_groups.0.lr"},
      {"param_groups.0", "betas", "[0.5]", WP_ERROR_MISMATCH, "param_groups.0.betas"},
      {"param_groups.0", "amsgrad", "true", WP_ERROR_MISMATCH, "state.0.max_exp_avg_sq"},
      {"param_groups.0", "maximize", "true", WP_ERROR_UNSUPPORTED, "param_groups.0.maximize"},
      {"param_groups.0", "differentiable", "true", WP_ERROR_UNSUPPORTED, "param_groups.0.differentiable"},
      {"param_groups.0", "capturable", "1", WP_ERROR_MISMATCH, "param_groups.0.capturable"},
      {"state", "", "", WP_ERROR_MISMATCH, "state.0"},
      {"state.0", "exp_avg", "null", WP_ERROR_MISMATCH, "state.0.exp_avg"},
      {"state.0", "exp_avg", "1", WP_ERROR_MISMATCH, "state.0.exp_avg"},
      {"state.0", "step", "1.5", WP_ERROR_MISMATCH, "state.0.step"},
  };
  wp_tensor *leaf = make_leaf(start, 2);
  wp_value *good;
  wp_optimizer *adam = make_stepped(leaf, &good);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wp_value *bad, *dict, *value = from_json(*cases[i].value ? cases[i].value : "5"), *after;
    assert_ok(wp_value_clone(&bad, good));
    assert_ok(wp_value_at(&dict, bad, cases[i].path));
    if (*cases[i].key) {
      assert_ok(wp_value_set(dict, cases[i].key, strlen(cases[i].key), value));
    } else {
      assert_ok(wp_value_set_int(dict, 0, value));
    }
    assert_fails_at(wp_optimizer_load_state_dict(adam, bad), cases[i].code, cases[i].error_key);
    after = state_of(adam);
    assert_equal_values(after, good);
    wp_value_release(after);
    wp_value_release(value);
    wp_value_release(bad);
  }
  wp_value_release(good);

  /* Of another shape, and without an entry that is needed. */
  wp_tensor *three = make_leaf((float[]){1, 2, 3}, 3);
  wp_optimizer *wide = make_stepped(three, &good);
  assert_fails_at(wp_optimizer_load_state_dict(adam, good), WP_ERROR_MISMATCH, "state.0.exp_avg");
  wp_value *entry;
  assert_ok(wp_value_at(&entry, good, "state.0"));
  assert_ok(wp_value_remove(entry, "exp_avg_sq", 10));
  assert_fails_at(wp_optimizer_load_state_dict(wide, good), WP_ERROR_MISMATCH, "state.0.exp_avg_sq");
  assert_fails(wp_optimizer_load_state_dict(adam, NULL), WP_ERROR_INVALID_ARGUMENT);
  wp_value_release(good);
  wp_optimizer_release(wide);
  wp_optimizer_release(adam);
  wp_tensor_release(three);
  wp_tensor_release(leaf);
}

static void a_state_of_another_optimizer_names_what_is_missing(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(start, 2);
  wp_value *saved;
  wp_optimizer *adam = make_stepped(leaf, &saved), *sgd = make_small("SGD", leaf, "{}"),
               *adagrad = make_small("Adagrad", leaf, "{}");
  assert_fails_at(wp_optimizer_load_state_dict(sgd, saved), WP_ERROR_MISMATCH, "param_groups.0.dampening");
  wp_value_release(saved);

  /* A step of Adagrad needs a state of every parameter. */
  wp_value *states, *none = from_json("{}");
  saved = state_of(adagrad);
  assert_ok(wp_optimizer_load_state_dict(adagrad, saved));
  assert_ok(wp_value_at(&states, saved, ""));
  assert_ok(wp_value_set(states, "state", 5, none));
  assert_fails_at(wp_optimizer_load_state_dict(adagrad, saved), WP_ERROR_MISMATCH, "state.0");
  set_gradient(leaf);
  assert_ok(wp_optimizer_step(adagrad));
  wp_value_release(none);
  wp_value_release(saved);
  wp_optimizer_release(adagrad);
  wp_optimizer_release(sgd);
  wp_optimizer_release(adam);
  wp_tensor_release(leaf);
}

static void what_needs_a_state_that_was_never_kept_is_an_error(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(start, 2);
  wp_value *saved, *yes = from_json("true");
  wp_optimizer *adam = make_stepped(leaf, &saved);
  assert_ok(wp_optimizer_set(adam, 0, "amsgrad", yes));
  assert_fails(wp_optimizer_step(adam), WP_ERROR_TORCH);
  wp_optimizer_release(adam);
  wp_value_release(yes);
  wp_value_release(saved);
  wp_tensor_release(leaf);
}

static void an_older_state_without_later_keys_loads(void **state) {
  (void)state;
  wp_tensor *leaf = make_leaf(start, 2);
  wp_optimizer *sgd = make_small("SGD", leaf, "{\"momentum\": 0.5}");
  wp_value *old = from_json("{\"state\": {}, \"param_groups\": [{\"lr\": 0.5, \"dampening\": 0, \"weight_decay\": 0,"
                            "\"momentum\": 0.25, \"params\": [140230]}]}");
  assert_ok(wp_optimizer_load_state_dict(sgd, old));
  wp_value *out = state_of(sgd), *nesterov;
  assert_ok(wp_value_at(&nesterov, out, "param_groups.0.nesterov"));
  assert_int_equal(wp_value_kind(nesterov), WP_KIND_BOOL);
  assert_close(number_at(out, "param_groups.0.params.0"), 0, 0);
  wp_value_release(out);
  wp_value_release(old);
  wp_optimizer_release(sgd);
  wp_tensor_release(leaf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_libtorch_does_not_know_is_carried_through),
      cmocka_unit_test(a_new_optimizer_has_the_keys_of_pytorch),
      cmocka_unit_test(a_state_that_does_not_fit_changes_nothing),
      cmocka_unit_test(a_state_of_another_optimizer_names_what_is_missing),
      cmocka_unit_test(what_needs_a_state_that_was_never_kept_is_an_error),
      cmocka_unit_test(an_older_state_without_later_keys_loads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
