/* SPDX-License-Identifier: MIT */
/* Runs a model as a file asks: IN holds a list of {"method", "args", "kwargs"}, OUT gets the list of results.
 *     run_model MODEL IN OUT [COPY]       COPY: the model is saved there too */
#include <stdio.h>
#include <weightport/torch/torch.h>

static wp_error *call(wp_value *results, wp_model *model, const wp_value *what) {
  const char *method = NULL;
  wp_value *result = NULL;
  wp_error *err = wp_value_get_string(&method, NULL, wp_value_find(what, "method", 6));
  if (!err) err = wp_model_call(&result, model, method, wp_value_find(what, "args", 4), wp_value_find(what, "kwargs", 6));
  if (!err) err = wp_value_append(results, result);
  wp_value_release(result);
  return err;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  wp_model *model = NULL;
  wp_checkpoint *in = NULL, *out = NULL;
  wp_value *results = NULL;
  wp_error *err = wp_model_load(&model, argv[1], NULL);
  if (!err) err = wp_model_eval(model);
  if (!err) err = wp_checkpoint_open(&in, argv[2], NULL);
  if (!err) err = wp_value_create_list(&results);
  wp_value *calls = wp_checkpoint_root(in);
  for (size_t i = 0; !err && i < wp_value_size(calls); i++) err = call(results, model, wp_value_item(calls, i));
  if (!err) err = wp_checkpoint_create(&out);
  if (!err) err = wp_checkpoint_set_root(out, results);
  if (!err) err = wp_checkpoint_save(out, argv[3], NULL);
  if (!err && argc > 4) err = wp_model_save(model, argv[4], NULL);
  int status = err != NULL;
  if (err) fprintf(stderr, "%s: %s\n", wp_code_name(wp_error_code(err)), wp_error_message(err));
  wp_error_release(err);
  wp_value_release(results);
  wp_checkpoint_release(out);
  wp_checkpoint_release(in);
  wp_model_release(model);
  return status;
}
