/* SPDX-License-Identifier: MIT */
/* Optimizers of one or two parameters of two numbers. */
#ifndef WEIGHTPORT_TEST_TORCH_SMALL_OPTIMIZER_H
#define WEIGHTPORT_TEST_TORCH_SMALL_OPTIMIZER_H

#include "expect.h"

static const float start[2] = {1, -1};

/* A gradient that is the parameter's value. */
static inline void set_gradient(const wp_tensor *leaf) {
  const float zeros[3] = {0, 0, 0};
  wp_value *sum = from_json("{\"reduction\": \"sum\", \"delta\": 1000000}");
  wp_tensor *target = make_floats(zeros, wp_tensor_numel(leaf)), *loss;
  wp_loss *half_of_squares;
  assert_ok(wp_loss_create(&half_of_squares, "huber_loss", sum));
  assert_ok(wp_loss_compute(&loss, half_of_squares, leaf, target));
  assert_ok(wp_tensor_backward(loss));
  wp_loss_release(half_of_squares);
  wp_tensor_release(loss);
  wp_tensor_release(target);
  wp_value_release(sum);
}

/* [tensor, ...] */
static inline wp_value *list_of(wp_tensor *const *tensors, size_t count) {
  wp_value *list;
  assert_ok(wp_value_create_list(&list));
  for (size_t i = 0; i < count; i++) {
    wp_value *value;
    assert_ok(wp_value_create_tensor(&value, tensors[i]));
    assert_ok(wp_value_append(list, value));
    wp_value_release(value);
  }
  return list;
}

/* [{"params": [first], ...}, {"params": [second], ...}] from the rest of each */
static inline wp_value *two_groups(wp_tensor *first, wp_tensor *second, const char *rest) {
  wp_value *groups = from_json(rest);
  wp_tensor *tensors[2] = {first, second};
  for (size_t i = 0; i < 2; i++) {
    wp_value *params = list_of(&tensors[i], 1);
    assert_ok(wp_value_set(wp_value_item(groups, i), "params", 6, params));
    wp_value_release(params);
  }
  return groups;
}

static inline wp_optimizer *make_optimizer(const char *class_name, const wp_value *params, const char *hyperparameters) {
  wp_value *read = from_json(hyperparameters);
  wp_optimizer *made;
  assert_ok(wp_optimizer_create(&made, class_name, params, read));
  wp_value_release(read);
  return made;
}

/* For one parameter. */
static inline wp_optimizer *make_small(const char *class_name, wp_tensor *leaf, const char *hyperparameters) {
  wp_value *params = list_of(&leaf, 1);
  wp_optimizer *made = make_optimizer(class_name, params, hyperparameters);
  wp_value_release(params);
  return made;
}

static inline wp_value *state_of(const wp_optimizer *optimizer) {
  wp_value *state;
  assert_ok(wp_optimizer_state_dict(&state, optimizer));
  return state;
}

#endif
