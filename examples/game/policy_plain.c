/* SPDX-License-Identifier: MIT */
/* The forward pass in plain C, over the tensors as they lie in the checkpoint. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

enum { MOST_LAYERS = 16, WIDEST = 256 };

typedef struct layer {
  const float *weight, *bias; /* [outputs, inputs] and [outputs] */
  size_t inputs, outputs;
} layer;

struct policy {
  wp_state_dict *weights; /* keeps what the layers point to */
  layer layers[MOST_LAYERS];
  size_t count;
};

/* The numbers of a float32 tensor of the wanted shape, row after row. */
static wp_error *numbers(const float **out, const wp_tensor *tensor, const char *name, const int64_t *shape, size_t ndim) {
  const void *data = NULL;
  if (!tensor) return wp_error_create(WP_ERROR_NOT_FOUND, "the network has no such tensor", name);
  if (wp_tensor_dtype(tensor) != WP_DTYPE_FLOAT32 || !wp_tensor_is_contiguous(tensor) || wp_tensor_ndim(tensor) != ndim ||
      memcmp(wp_tensor_shape(tensor), shape, ndim * sizeof *shape)) {
    return wp_error_create(WP_ERROR_MISMATCH, "the network is not one that plays this game", name);
  }
  wp_error *err = wp_tensor_data(&data, tensor);
  *out = data;
  return err;
}

static wp_error *add_layer(policy *p, const char *weight_name, const char *bias_name, size_t inputs) {
  const wp_tensor *weight = wp_state_dict_find(p->weights, weight_name);
  int64_t shape[2] = {wp_tensor_ndim(weight) ? wp_tensor_shape(weight)[0] : 0, (int64_t)inputs};
  if (p->count == MOST_LAYERS || shape[0] < 1 || shape[0] > WIDEST) {
    return wp_error_create(WP_ERROR_LIMIT, "the network is larger than this game expects", weight_name);
  }
  layer *l = &p->layers[p->count++];
  l->inputs = inputs;
  l->outputs = (size_t)shape[0];
  wp_error *err = numbers(&l->weight, weight, weight_name, shape, 2);
  if (!err) err = numbers(&l->bias, wp_state_dict_find(p->weights, bias_name), bias_name, shape, 1);
  return err;
}

wp_error *policy_create(policy **out, const wp_state_dict *weights) {
  *out = NULL;
  policy *p = calloc(1, sizeof *p);
  if (!p) return wp_error_create(WP_ERROR_OUT_OF_MEMORY, "no memory for a policy", NULL);
  p->weights = wp_state_dict_retain(weights);
  wp_error *err = NULL;
  size_t width = OBSERVATION, count = wp_state_dict_size(weights) / 2;
  for (size_t i = 0; !err && i < count; i++) {
    char weight[32], bias[32];
    snprintf(weight, sizeof weight, "%zu.weight", 2 * i); /* the ReLUs have the odd numbers */
    snprintf(bias, sizeof bias, "%zu.bias", 2 * i);
    err = add_layer(p, weight, bias, width);
    if (!err) width = p->layers[i].outputs;
  }
  if (!err && width != MOVES) err = wp_error_create(WP_ERROR_MISMATCH, "the network does not choose between three moves", NULL);
  if (err) {
    policy_destroy(p);
    return err;
  }
  *out = p;
  return NULL;
}

void policy_destroy(policy *p) {
  if (!p) return;
  wp_state_dict_release(p->weights);
  free(p);
}

static void linear(float *out, const layer *l, const float *in) {
  for (size_t o = 0; o < l->outputs; o++) {
    float sum = l->bias[o];
    for (size_t i = 0; i < l->inputs; i++) sum += l->weight[o * l->inputs + i] * in[i];
    out[o] = sum;
  }
}

wp_error *policy_scores(float scores[MOVES], policy *p, const float observation[OBSERVATION]) {
  float values[2][WIDEST];
  const float *in = observation;
  for (size_t i = 0; i + 1 < p->count; i++) {
    float *out = values[i % 2];
    linear(out, &p->layers[i], in);
    for (size_t o = 0; o < p->layers[i].outputs; o++) out[o] = out[o] > 0 ? out[o] : 0;
    in = out;
  }
  linear(scores, &p->layers[p->count - 1], in);
  return NULL;
}
