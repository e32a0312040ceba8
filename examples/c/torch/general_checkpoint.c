/* SPDX-License-Identifier: MIT */
/* 3. General checkpoint: training goes on where Python stopped, and Python goes on where this stops.
 *     general_checkpoint CKPT DATA OUT
 *
 * CKPT holds {"epoch", "model_state_dict", "optimizer_state_dict", "loss"}, DATA {"x": [steps, 8, 6], "y": [steps, 8]}; ten
 * steps are made, from step "epoch" on. */
#include "example.h"

enum { kSteps = 10 };

static void put(wp_checkpoint *ckpt, const char *key, wp_error *made, wp_value *value) {
  check(made);
  check(wp_checkpoint_set(ckpt, key, value));
  wp_value_release(value);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  wp_checkpoint *ckpt, *data, *out;
  check(wp_checkpoint_open(&ckpt, argv[1], NULL));
  check(wp_checkpoint_open(&data, argv[2], NULL));
  wp_model *model = build(NET);
  wp_value *hyperparameters = json("{\"lr\": 0.01}");
  wp_optimizer *optimizer;
  wp_loss *criterion;
  check(wp_optimizer_create_for_model(&optimizer, "Adam", model, hyperparameters));
  check(wp_loss_create(&criterion, "cross_entropy", NULL));

  load_model(model, ckpt, "model_state_dict");
  load_optimizer(optimizer, ckpt, "optimizer_state_dict");
  int64_t epoch;
  check(wp_value_get_int(&epoch, wp_value_find(wp_checkpoint_root(ckpt), "epoch", 5)));

  check(wp_model_train(model, true));
  const wp_tensor *x = wp_value_tensor(wp_value_find(wp_checkpoint_root(data), "x", 1));
  const wp_tensor *y = wp_value_tensor(wp_value_find(wp_checkpoint_root(data), "y", 1));
  double loss = 0;
  for (int64_t step = epoch; step < epoch + kSteps; step++) {
    wp_tensor *inputs = at(x, step), *labels = at(y, step);
    loss = train_step(model, optimizer, criterion, inputs, labels);
    printf("step %d loss %.9f\n", (int)step, loss);
    wp_tensor_release(labels);
    wp_tensor_release(inputs);
  }

  check(wp_checkpoint_create(&out));
  wp_value *value;
  wp_error *made = wp_value_create_int(&value, epoch + kSteps);
  put(out, "epoch", made, value);
  put_model(out, "model_state_dict", model);
  put_optimizer(out, "optimizer_state_dict", optimizer);
  made = wp_value_create_float(&value, loss);
  put(out, "loss", made, value);
  check(wp_checkpoint_save(out, argv[3], NULL));

  wp_checkpoint_release(out);
  wp_loss_release(criterion);
  wp_optimizer_release(optimizer);
  wp_value_release(hyperparameters);
  wp_model_release(model);
  wp_checkpoint_release(data);
  wp_checkpoint_release(ckpt);
  return 0;
}
