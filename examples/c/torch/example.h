/* SPDX-License-Identifier: MIT */
/* What the examples of training share: how they end on an error, and the network that they use. */
#ifndef WEIGHTPORT_EXAMPLE_H
#define WEIGHTPORT_EXAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weightport/torch/torch.h>

static inline void check(wp_error *err) {
  if (!err) return;
  fprintf(stderr, "%s\n", wp_error_message(err));
  wp_error_release(err);
  exit(1);
}

static inline wp_value *json(const char *text) {
  wp_value *value;
  check(wp_value_from_json(&value, text, strlen(text)));
  return value;
}

/* class Net(nn.Module) of Python, in its order: its names are those of the state_dict. */
#define NET                                                                     \
  "{\"class\": \"Sequential\", \"modules\": {"                                  \
  "\"fc1\": {\"class\": \"Linear\", \"in_features\": 6, \"out_features\": 16}," \
  "\"bn\": {\"class\": \"BatchNorm1d\", \"num_features\": 16},"                 \
  "\"tanh\": {\"class\": \"Tanh\"},"                                            \
  "\"fc2\": {\"class\": \"Linear\", \"in_features\": 16, \"out_features\": 4}}}"

static inline wp_model *build(const char *description) {
  wp_model *model;
  check(wp_model_build_json(&model, description, strlen(description)));
  return model;
}

/* model.load_state_dict(checkpoint[key]) */
static inline void load_model(wp_model *model, const wp_checkpoint *ckpt, const char *key) {
  wp_state_dict *weights;
  check(wp_checkpoint_state_dict(&weights, ckpt, key));
  check(wp_model_load_state_dict(NULL, model, weights, NULL));
  wp_state_dict_release(weights);
}

/* optimizer.load_state_dict(checkpoint[key]) */
static inline void load_optimizer(wp_optimizer *optimizer, const wp_checkpoint *ckpt, const char *key) {
  wp_value *saved;
  check(wp_value_at(&saved, wp_checkpoint_root(ckpt), key));
  check(wp_optimizer_load_state_dict(optimizer, saved));
}

/* checkpoint[key] = model.state_dict() */
static inline void put_model(wp_checkpoint *ckpt, const char *key, const wp_model *model) {
  wp_state_dict *weights;
  check(wp_model_state_dict(&weights, model));
  check(wp_checkpoint_set_state_dict(ckpt, key, weights));
  wp_state_dict_release(weights);
}

/* checkpoint[key] = optimizer.state_dict() */
static inline void put_optimizer(wp_checkpoint *ckpt, const char *key, const wp_optimizer *optimizer) {
  wp_value *state;
  check(wp_optimizer_state_dict(&state, optimizer));
  check(wp_checkpoint_set(ckpt, key, state));
  wp_value_release(state);
}

/* tensor[index] */
static inline wp_tensor *at(const wp_tensor *tensor, int64_t index) {
  wp_tensor *item;
  int64_t offset = wp_tensor_storage_offset(tensor) + index * wp_tensor_strides(tensor)[0];
  check(wp_tensor_view(&item, tensor, offset, wp_tensor_shape(tensor) + 1, wp_tensor_strides(tensor) + 1,
                       wp_tensor_ndim(tensor) - 1));
  return item;
}

/* One step of training; gives the loss. */
static inline double train_step(wp_model *model, wp_optimizer *optimizer, const wp_loss *criterion, const wp_tensor *x,
                                const wp_tensor *y) {
  wp_tensor *output, *loss;
  double number;
  check(wp_optimizer_zero_grad(optimizer));
  check(wp_model_forward_tensor(&output, model, x));
  check(wp_loss_compute(&loss, criterion, output, y));
  check(wp_tensor_backward(loss));
  check(wp_optimizer_step(optimizer));
  check(wp_tensor_item(&number, loss));
  wp_tensor_release(loss);
  wp_tensor_release(output);
  return number;
}

#endif
