/* SPDX-License-Identifier: MIT */
/*
 * Structs and callbacks of libweightport-torch, as options.i has them. Each language defines wpb_closure and wpb_lr_lambda with
 * the signatures of optimizer.h and scheduler.h, and wpb_forget.
 */
%inline %{
static wp_model_options *wpb_model_options_create(const char *map_location) {
  wp_model_options init = WP_MODEL_OPTIONS_INIT, *options = (wp_model_options *)malloc(sizeof *options);
  if (!options) return NULL;
  *options = init;
  options->map_location = map_location ? strdup(map_location) : NULL;
  return options;
}
static void wpb_model_options_free(wp_model_options *options) {
  if (options) free((char *)options->map_location);
  free(options);
}

static wp_load_state_dict_options *wpb_load_state_dict_options_create(bool strict, bool assign, bool ignore_mismatched,
                                                                      bool dry_run, const char *strip_prefix) {
  wp_load_state_dict_options init = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  wp_load_state_dict_options *options = (wp_load_state_dict_options *)malloc(sizeof *options);
  if (!options) return NULL;
  *options = init;
  options->strict = strict;
  options->assign = assign;
  options->ignore_mismatched = ignore_mismatched;
  options->dry_run = dry_run;
  options->strip_prefix = strip_prefix ? strdup(strip_prefix) : NULL;
  return options;
}

/* One more pair of rename_from and rename_to; false where memory is short. */
static bool wpb_load_state_dict_options_rename(wp_load_state_dict_options *options, const char *from, const char *to) {
  size_t count = options->rename_count, size = (count + 1) * sizeof(char *);
  const char **more = (const char **)realloc((void *)options->rename_from, size);
  if (more) options->rename_from = more;
  const char **too = (const char **)realloc((void *)options->rename_to, size);
  if (too) options->rename_to = too;
  if (!more || !too) return false;
  more[count] = strdup(from);
  too[count] = strdup(to);
  options->rename_count++;
  return more[count] && too[count];
}
static void wpb_load_state_dict_options_free(wp_load_state_dict_options *options) {
  if (!options) return;
  for (size_t i = 0; i < options->rename_count; i++) {
    free((char *)options->rename_from[i]);
    free((char *)options->rename_to[i]);
  }
  free((void *)options->rename_from);
  free((void *)options->rename_to);
  free((char *)options->strip_prefix);
  free(options);
}

/* A step whose closure is a token, which is given up. */
static wp_error *wpb_optimizer_step_closure(wp_tensor **loss, wp_optimizer *optimizer, void *WP_CALLBACK) {
  wp_error *error = wp_optimizer_step_closure(loss, optimizer, wpb_closure, WP_CALLBACK);
  wpb_forget(WP_CALLBACK);
  return error;
}

/* A token as an address, for wpb_scheduler_create_lambda(). Free it after the scheduler. */
static void *wpb_lr_lambda_create(void *WP_CALLBACK) { return WP_CALLBACK; }
static void wpb_lr_lambda_free(void *lambda) { wpb_forget(lambda); }
static wp_error *wpb_scheduler_create_lambda(wp_scheduler **out, wp_optimizer *optimizer, void *lambda) {
  return wp_scheduler_create_lambda(out, optimizer, wpb_lr_lambda, lambda);
}
%}
