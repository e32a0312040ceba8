/* SPDX-License-Identifier: MIT */
/* Runs the cases that layers.py saved, and saves what came out:
 *
 *     layer_driver CASES RESULTS
 *
 * A case is a dict. With "json", a description, its result has the state_dict of the fresh model ("fresh"), the outputs of a
 * clone with the case's "state_dict" in eval and, if "train" says so, in train mode ("eval", "train"), and its state_dict then
 * ("after"). With "module", a pickled one, or "file", the result has its "module_output", "module_state_dict" and
 * "module_parameters". What fails leaves an "error". */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weightport/torch/torch.h>
#include <weightport/weightport.h>

#define TRY(call)                          \
  do {                                     \
    wp_error *error_of_try = (call);       \
    if (error_of_try) return error_of_try; \
  } while (0)

static const wp_value *get(const wp_value *dict, const char *key) { return wp_value_find(dict, key, strlen(key)); }

static wp_error *put(wp_value *dict, const char *key, const wp_value *item) {
  return wp_value_set(dict, key, strlen(key), item);
}

static wp_error *put_state(wp_value *dict, const char *key, const wp_model *model,
                           wp_error *list(wp_state_dict **out, const wp_model *model)) {
  wp_state_dict *state;
  wp_value *value;
  TRY(list(&state, model));
  TRY(wp_state_dict_to_value(&value, state));
  TRY(put(dict, key, value));
  wp_value_release(value);
  wp_state_dict_release(state);
  return NULL;
}

/* The arguments are a set of its own for each run, as a layer may work in place. */
static wp_error *put_output(wp_value *dict, const char *key, wp_model *model, const wp_value *test, const char *args) {
  wp_value *output;
  int64_t seed;
  TRY(wp_value_get_int(&seed, get(test, "seed")));
  TRY(wp_torch_manual_seed((uint64_t)seed));
  TRY(wp_model_forward(&output, model, get(test, args), get(test, "kwargs")));
  TRY(put(dict, key, output));
  wp_value_release(output);
  return NULL;
}

static wp_error *run_described(wp_value *result, const wp_value *test) {
  const char *json;
  size_t size;
  int64_t seed;
  bool train;
  wp_model *fresh, *model;
  wp_state_dict *weights;
  TRY(wp_value_get_string(&json, &size, get(test, "json")));
  TRY(wp_value_get_int(&seed, get(test, "seed")));
  TRY(wp_value_get_bool(&train, get(test, "train")));
  TRY(wp_torch_manual_seed((uint64_t)seed));
  TRY(wp_model_build_json(&fresh, json, size));
  TRY(put_state(result, "fresh", fresh, wp_model_state_dict));
  TRY(wp_model_clone(&model, fresh));
  TRY(wp_state_dict_from_value(&weights, get(test, "state_dict")));
  TRY(wp_model_load_state_dict(NULL, model, weights, NULL));
  TRY(wp_model_eval(model));
  TRY(put_output(result, "eval", model, test, "eval_args"));
  if (train) {
    TRY(wp_model_train(model, true));
    TRY(put_output(result, "train", model, test, "train_args"));
    TRY(put_state(result, "after", model, wp_model_state_dict));
  }
  wp_state_dict_release(weights);
  wp_model_release(model);
  wp_model_release(fresh);
  return NULL;
}

static wp_error *run_module(wp_value *result, const wp_value *test) {
  wp_model *model;
  const char *path;
  if (get(test, "file")) {
    TRY(wp_value_get_string(&path, NULL, get(test, "file")));
    TRY(wp_model_load(&model, path, NULL));
  } else {
    TRY(wp_model_build(&model, get(test, "module")));
  }
  TRY(put_state(result, "module_state_dict", model, wp_model_state_dict));
  TRY(put_state(result, "module_parameters", model, wp_model_named_parameters));
  TRY(put_output(result, "module_output", model, test, "module_args"));
  wp_model_release(model);
  return NULL;
}

static wp_error *run_case(wp_value *results, const wp_value *test) {
  wp_value *result, *text;
  TRY(wp_value_create_dict(&result));
  wp_error *failure = get(test, "json") ? run_described(result, test) : NULL;
  if (!failure) failure = run_module(result, test);
  if (failure) {
    TRY(wp_value_create_string(&text, wp_error_message(failure), strlen(wp_error_message(failure))));
    TRY(put(result, "error", text));
    wp_value_release(text);
    wp_error_release(failure);
  }
  TRY(wp_value_append(results, result));
  wp_value_release(result);
  return NULL;
}

static wp_error *run(const char *cases, const char *results_path) {
  wp_checkpoint *checkpoint, *made;
  wp_value *results;
  TRY(wp_checkpoint_open(&checkpoint, cases, NULL));
  TRY(wp_value_create_list(&results));
  const wp_value *root = wp_checkpoint_root(checkpoint);
  for (size_t i = 0; i < wp_value_size(root); i++) TRY(run_case(results, wp_value_item(root, i)));
  TRY(wp_checkpoint_create(&made));
  TRY(wp_checkpoint_set_root(made, results));
  TRY(wp_checkpoint_save(made, results_path, NULL));
  wp_checkpoint_release(made);
  wp_value_release(results);
  wp_checkpoint_release(checkpoint);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: layer_driver CASES RESULTS\n");
    return 2;
  }
  wp_error *error = run(argv[1], argv[2]);
  if (!error) return 0;
  fprintf(stderr, "%s\n", wp_error_message(error));
  wp_error_release(error);
  return 1;
}
