/* SPDX-License-Identifier: MIT */
/*
 * Does what a file of jobs says with the C library, for a Python script that did the same and compares.
 *
 *     driver JOBS RESULTS
 *
 * JOBS is a saved list of dicts; what their "kind" is, they hold the arguments of. RESULTS is the list of their results. What
 * fails gives {"error": code name, "message": ..., "key": ...}.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weightport/torch/torch.h>

#include "training.h"

static void check(wp_error *err) {
  if (!err) return;
  fprintf(stderr, "driver: %s\n", wp_error_message(err));
  exit(1);
}

/* NULL where it is missing or None. */
static wp_value *find(const wp_value *dict, const char *key) {
  wp_value *found = wp_value_find(dict, key, strlen(key));
  return wp_value_kind(found) == WP_KIND_NONE ? NULL : found;
}

static const char *find_text(const wp_value *dict, const char *key) {
  const char *text;
  check(wp_value_get_string(&text, NULL, find(dict, key)));
  return text;
}

static int64_t find_int(const wp_value *dict, const char *key) {
  int64_t number;
  check(wp_value_get_int(&number, find(dict, key)));
  return number;
}

/* Takes the value. */
static void set(wp_value *dict, const char *key, wp_value *value) {
  check(wp_value_set(dict, key, strlen(key), value));
  wp_value_release(value);
}

static void append_float(wp_value *list, double number) {
  wp_value *value;
  check(wp_value_create_float(&value, number));
  check(wp_value_append(list, value));
  wp_value_release(value);
}

/* Takes the tensor. */
static wp_value *tensor_value(wp_tensor *tensor) {
  wp_value *value;
  if (tensor) {
    check(wp_value_create_tensor(&value, tensor));
  } else {
    check(wp_value_create_none(&value));
  }
  wp_tensor_release(tensor);
  return value;
}

static wp_value *make_list(void) {
  wp_value *list;
  check(wp_value_create_list(&list));
  return list;
}

/* input, target, name, options -> loss, and the gradient of the input where there is one number */
static wp_error *run_loss(wp_value *result, const wp_value *job) {
  wp_loss *criterion = NULL;
  wp_tensor *input = NULL, *loss = NULL, *grad = NULL;
  wp_error *err = wp_loss_create(&criterion, find_text(job, "name"), find(job, "options"));
  if (!err) err = wp_tensor_track(&input, wp_value_tensor(find(job, "input")));
  if (!err) err = wp_loss_compute(&loss, criterion, input, wp_value_tensor(find(job, "target")));
  if (!err && wp_tensor_numel(loss) == 1) err = wp_tensor_backward(loss);
  if (!err) err = wp_tensor_grad(&grad, input);
  if (!err) {
    set(result, "loss", tensor_value(loss));
    set(result, "grad", tensor_value(grad));
  }
  wp_tensor_release(input);
  wp_loss_release(criterion);
  return err;
}

/* The groups of a job name parameters; what Python takes are these. */
static wp_value *make_params(const wp_value *groups, const wp_state_dict *parameters) {
  wp_value *params;
  check(wp_value_clone(&params, groups));
  for (size_t i = 0; i < wp_value_size(params); i++) {
    wp_value *group = wp_value_item(params, i), *names = find(group, "params");
    for (size_t n = 0; n < wp_value_size(names); n++) {
      const char *name;
      check(wp_value_get_string(&name, NULL, wp_value_item(names, n)));
      wp_value *parameter = tensor_value(wp_tensor_retain(wp_state_dict_find(parameters, name)));
      check(wp_value_set_item(names, n, parameter));
      wp_value_release(parameter);
    }
  }
  return params;
}

static wp_error *make_optimizer(wp_optimizer **out, const wp_value *job, const wp_state_dict *parameters) {
  wp_value *params = make_params(find(job, "groups"), parameters), *state = find(job, "optimizer_state");
  wp_error *err = wp_optimizer_create(out, find_text(job, "optimizer"), params, find(job, "hyperparameters"));
  if (!err && state) err = wp_optimizer_load_state_dict(*out, state);
  wp_value_release(params);
  return err;
}

static double lambda(int64_t epoch, size_t group, void *user) {
  (void)user;
  return 1.0 / (1.0 + (double)epoch * (double)(group + 1));
}

/* As in Python: first the scheduler, then the states of both. */
static wp_error *make_scheduler(wp_scheduler **out, const wp_value *job, wp_optimizer *optimizer) {
  const char *name = find_text(job, "scheduler");
  wp_error *err = strcmp(name, "LambdaLR") == 0 ? wp_scheduler_create_lambda(out, optimizer, lambda, NULL)
                                                : wp_scheduler_create(out, name, optimizer, find(job, "options"));
  if (!err && find(job, "optimizer_state")) err = wp_optimizer_load_state_dict(optimizer, find(job, "optimizer_state"));
  if (!err && find(job, "state")) err = wp_scheduler_load_state_dict(*out, find(job, "state"));
  return err;
}

static wp_value *lrs_of(const wp_optimizer *optimizer) {
  wp_value *lrs = make_list();
  for (size_t i = 0; i < wp_optimizer_param_group_count(optimizer); i++) {
    double lr;
    check(wp_optimizer_get_lr(&lr, optimizer, i));
    append_float(lrs, lr);
  }
  return lrs;
}

/* Some steps of a scheduler; where there is a list of metrics, one is given to each. */
static wp_error *run_scheduler(wp_value *result, const wp_value *job, wp_scheduler *scheduler, wp_optimizer *optimizer) {
  wp_value *all = make_list(), *metrics = find(job, "metrics"), *state = NULL, *optimizer_state = NULL;
  wp_error *err = NULL;
  for (int64_t i = 0; !err && i < find_int(job, "steps"); i++) {
    if (metrics) {
      double metric;
      check(wp_value_get_float(&metric, wp_value_item(metrics, (size_t)i)));
      err = wp_scheduler_step_metric(scheduler, metric);
    } else {
      err = wp_scheduler_step(scheduler);
    }
    wp_value *lrs = lrs_of(optimizer);
    check(wp_value_append(all, lrs));
    wp_value_release(lrs);
  }
  if (!err) err = wp_scheduler_state_dict(&state, scheduler);
  if (!err) err = wp_optimizer_state_dict(&optimizer_state, optimizer);
  set(result, "lrs", all);
  if (!err) {
    set(result, "state", state);
    set(result, "optimizer_state", optimizer_state);
  }
  return err;
}

/* groups name parameters of "tensors" -> lrs after each step, state, optimizer_state */
static wp_error *run_schedule(wp_value *result, const wp_value *job) {
  wp_optimizer *optimizer = NULL;
  wp_scheduler *scheduler = NULL;
  wp_state_dict *tensors, *parameters;
  check(wp_state_dict_from_value(&tensors, find(job, "tensors")));
  check(wp_state_dict_create(&parameters));
  for (size_t i = 0; i < wp_state_dict_size(tensors); i++) {
    wp_tensor *leaf;
    check(wp_tensor_track(&leaf, wp_state_dict_tensor_at(tensors, i)));
    check(wp_state_dict_set(parameters, wp_state_dict_name_at(tensors, i, NULL), leaf));
    wp_tensor_release(leaf);
  }
  wp_error *err = make_optimizer(&optimizer, job, parameters);
  if (!err) err = make_scheduler(&scheduler, job, optimizer);
  if (!err) set(result, "first", lrs_of(optimizer));
  if (!err) err = run_scheduler(result, job, scheduler, optimizer);
  wp_scheduler_release(scheduler);
  wp_optimizer_release(optimizer);
  wp_state_dict_release(parameters);
  wp_state_dict_release(tensors);
  return err;
}

/* model (a path), device, state, x, y, first, last, criterion -> losses, model_state_dict, optimizer_state */
static wp_error *run_train(wp_value *result, const wp_value *job) {
  training t = {0};
  wp_state_dict *weights = NULL, *parameters = NULL, *trained = NULL;
  wp_value *losses = make_list(), *state = NULL, *trained_value = NULL;
  t.x = wp_value_tensor(find(job, "x"));
  t.y = wp_value_tensor(find(job, "y"));
  wp_model_options options = WP_MODEL_OPTIONS_INIT;
  options.map_location = t.device = find_text(job, "device");
  wp_error *err = wp_model_load(&t.model, find_text(job, "model"), &options);
  if (!err) err = wp_state_dict_from_value(&weights, find(job, "model_state_dict"));
  if (!err) err = wp_model_load_state_dict(NULL, t.model, weights, NULL);
  if (!err) err = wp_model_named_parameters(&parameters, t.model);
  if (!err) err = wp_loss_create(&t.criterion, "cross_entropy", NULL);
  if (!err) err = make_optimizer(&t.optimizer, job, parameters);
  for (t.batch = find_int(job, "first"); !err && t.batch < find_int(job, "last"); t.batch++) {
    double loss;
    err = train_step(&loss, &t);
    if (!err) append_float(losses, loss);
  }
  if (!err) err = wp_model_state_dict(&trained, t.model);
  if (!err) err = wp_state_dict_to_value(&trained_value, trained);
  if (!err) err = wp_optimizer_state_dict(&state, t.optimizer);
  set(result, "losses", losses);
  if (!err) {
    set(result, "model_state_dict", trained_value);
    set(result, "optimizer_state", state);
  }
  wp_state_dict_release(trained);
  wp_optimizer_release(t.optimizer);
  wp_loss_release(t.criterion);
  wp_state_dict_release(parameters);
  wp_state_dict_release(weights);
  wp_model_release(t.model);
  return err;
}

static wp_value *run(const wp_value *job) {
  static const struct {
    const char *kind;
    wp_error *(*run)(wp_value *result, const wp_value *job);
  } kinds[] = {{"loss", run_loss}, {"schedule", run_schedule}, {"train", run_train}};
  wp_value *result;
  check(wp_value_create_dict(&result));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(kinds[i].kind, find_text(job, "kind")) != 0) continue;
    wp_error *err = kinds[i].run(result, job);
    if (!err) return result;
    const char *texts[][2] = {
        {"error", wp_code_name(wp_error_code(err))}, {"message", wp_error_message(err)}, {"key", wp_error_key(err)}};
    for (size_t t = 0; t < 3; t++) {
      wp_value *text;
      check(wp_value_create_string(&text, texts[t][1], strlen(texts[t][1])));
      set(result, texts[t][0], text);
    }
    wp_error_release(err);
    return result;
  }
  fprintf(stderr, "driver: no such kind of job: %s\n", find_text(job, "kind"));
  exit(2);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: driver JOBS RESULTS\n");
    return 2;
  }
  wp_checkpoint *jobs, *out;
  check(wp_checkpoint_open(&jobs, argv[1], NULL));
  wp_value *root = wp_checkpoint_root(jobs), *results = make_list();
  for (size_t i = 0; i < wp_value_size(root); i++) {
    wp_value *result = run(wp_value_item(root, i));
    check(wp_value_append(results, result));
    wp_value_release(result);
  }
  check(wp_checkpoint_create(&out));
  check(wp_checkpoint_set_root(out, results));
  check(wp_checkpoint_save(out, argv[2], NULL));
  wp_value_release(results);
  wp_checkpoint_release(out);
  wp_checkpoint_release(jobs);
  return 0;
}
