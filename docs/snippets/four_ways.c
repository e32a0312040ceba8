/* SPDX-License-Identifier: MIT */
/* The four ways to save and load: what four_ways.py does, in C. check() ends the program on an error. */
#include <weightport/torch/torch.h>

#include "check.h"

/* [state_dict] */
static void state_dict(wp_model *model) {
  wp_checkpoint *in, *out;
  wp_state_dict *weights;
  check(wp_checkpoint_open(&in, "weights.pt", NULL));
  check(wp_checkpoint_state_dict(&weights, in, NULL));
  check(wp_model_load_state_dict(NULL, model, weights, NULL));
  check(wp_model_eval(model));
  wp_state_dict_release(weights);
  wp_checkpoint_release(in);

  check(wp_model_state_dict(&weights, model));
  check(wp_checkpoint_create(&out));
  check(wp_checkpoint_set_state_dict(out, NULL, weights));
  check(wp_checkpoint_save(out, "weights_again.pt", NULL));
  wp_checkpoint_release(out);
  wp_state_dict_release(weights);
}
/* [end] */

/* [entire_model] */
static void entire_model(void) {
  wp_model *model;
  check(wp_model_load(&model, "model.ts", NULL));
  check(wp_model_eval(model));

  check(wp_model_save(model, "model_again.ts", NULL));
  wp_model_release(model);
}
/* [end] */

/* [general_checkpoint] */
static void general_checkpoint(wp_model *model, wp_optimizer *optimizer) {
  wp_checkpoint *ckpt;
  wp_state_dict *weights;
  wp_value *state, *next;
  int64_t epoch;
  check(wp_checkpoint_open(&ckpt, "ckpt.tar", NULL));
  check(wp_checkpoint_state_dict(&weights, ckpt, "model_state_dict"));
  check(wp_model_load_state_dict(NULL, model, weights, NULL));
  check(wp_value_at(&state, wp_checkpoint_root(ckpt), "optimizer_state_dict")); /* borrowed */
  check(wp_optimizer_load_state_dict(optimizer, state));
  check(wp_value_get_int(&epoch, wp_value_find(wp_checkpoint_root(ckpt), "epoch", 5)));
  check(wp_model_train(model, true));
  wp_state_dict_release(weights);

  /* Everything else that is in the checkpoint, "loss" say, stays as it is. */
  check(wp_value_create_int(&next, epoch + 1));
  check(wp_checkpoint_set(ckpt, "epoch", next));
  check(wp_model_state_dict(&weights, model));
  check(wp_checkpoint_set_state_dict(ckpt, "model_state_dict", weights));
  check(wp_optimizer_state_dict(&state, optimizer)); /* a new reference */
  check(wp_checkpoint_set(ckpt, "optimizer_state_dict", state));
  check(wp_checkpoint_save(ckpt, "ckpt_again.tar", NULL));
  wp_value_release(state);
  wp_state_dict_release(weights);
  wp_value_release(next);
  wp_checkpoint_release(ckpt);
}
/* [end] */

/* [several_models] */
static void several_models(wp_model *const models[2], wp_optimizer *const optimizers[2]) {
  static const char *const model_keys[2] = {"modelA_state_dict", "modelB_state_dict"};
  static const char *const optimizer_keys[2] = {"optimizerA_state_dict", "optimizerB_state_dict"};
  wp_checkpoint *in, *out;
  wp_state_dict *weights;
  wp_value *state;
  check(wp_checkpoint_open(&in, "several.tar", NULL));
  for (int i = 0; i < 2; i++) {
    check(wp_checkpoint_state_dict(&weights, in, model_keys[i]));
    check(wp_model_load_state_dict(NULL, models[i], weights, NULL));
    wp_state_dict_release(weights);
    check(wp_value_at(&state, wp_checkpoint_root(in), optimizer_keys[i]));
    check(wp_optimizer_load_state_dict(optimizers[i], state));
  }
  wp_checkpoint_release(in);

  check(wp_checkpoint_create(&out));
  for (int i = 0; i < 2; i++) {
    check(wp_model_state_dict(&weights, models[i]));
    check(wp_checkpoint_set_state_dict(out, model_keys[i], weights));
    wp_state_dict_release(weights);
    check(wp_optimizer_state_dict(&state, optimizers[i]));
    check(wp_checkpoint_set(out, optimizer_keys[i], state));
    wp_value_release(state);
  }
  check(wp_checkpoint_save(out, "several_again.tar", NULL));
  wp_checkpoint_release(out);
}
/* [end] */

int main(void) {
  wp_model *models[2];
  wp_optimizer *optimizers[2];
  for (int i = 0; i < 2; i++) {
    check(wp_model_load(&models[i], "model.ts", NULL));
    check(wp_optimizer_create_for_model(&optimizers[i], "Adam", models[i], NULL));
  }
  state_dict(models[0]);
  entire_model();
  general_checkpoint(models[0], optimizers[0]);
  several_models(models, optimizers);
  for (int i = 0; i < 2; i++) {
    wp_optimizer_release(optimizers[i]);
    wp_model_release(models[i]);
  }
  return 0;
}
