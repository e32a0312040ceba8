/* SPDX-License-Identifier: MIT */
/* The forward pass by libtorch: the network is built from a description of its layers and given the weights. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <weightport/torch/torch.h>

#include "policy.h"

struct policy {
  wp_model *model;
};

typedef struct text {
  char bytes[2048];
  size_t size; /* what it would take: more than there is room for, if it did not fit */
} text;

static void append(text *t, const char *format, ...) {
  size_t at = t->size < sizeof t->bytes ? t->size : sizeof t->bytes - 1;
  va_list args;
  va_start(args, format);
  int more = vsnprintf(t->bytes + at, sizeof t->bytes - at, format, args);
  va_end(args);
  t->size += more > 0 ? (size_t)more : 0;
}

/* Linear layers of the weights' shapes, ReLUs between them. That the weights fit is checked when they are loaded. */
static wp_error *build(wp_model **out, const wp_state_dict *weights) {
  text json = {{0}, 0};
  append(&json, "{\"class\": \"Sequential\", \"modules\": [");
  for (size_t i = 0; i < wp_state_dict_size(weights); i += 2) {
    const wp_tensor *weight = wp_state_dict_tensor_at(weights, i);
    if (wp_tensor_ndim(weight) != 2) {
      return wp_error_create(WP_ERROR_MISMATCH, "the network is not one that plays this game",
                             wp_state_dict_name_at(weights, i, NULL));
    }
    const int64_t *shape = wp_tensor_shape(weight);
    append(&json, "%s{\"class\": \"Linear\", \"in_features\": %" PRId64 ", \"out_features\": %" PRId64 "}",
           i ? ", {\"class\": \"ReLU\"}, " : "", shape[1], shape[0]);
  }
  append(&json, "]}");
  if (json.size >= sizeof json.bytes)
    return wp_error_create(WP_ERROR_LIMIT, "the network is larger than this game expects", NULL);
  return wp_model_build_json(out, json.bytes, json.size);
}

wp_error *policy_create(policy **out, const wp_state_dict *weights) {
  float scores[MOVES];
  const float nothing[OBSERVATION] = {0};
  *out = NULL;
  policy *p = calloc(1, sizeof *p);
  if (!p) return wp_error_create(WP_ERROR_OUT_OF_MEMORY, "no memory for a policy", NULL);
  wp_error *err = build(&p->model, weights);
  if (!err) err = wp_model_load_state_dict(NULL, p->model, weights, NULL);
  if (!err) err = wp_model_eval(p->model);
  if (!err) err = wp_model_set_requires_grad(NULL, p->model, NULL, false);
  /* What takes an observation and gives another number of scores is found out here, not in a frame of the game. */
  if (!err) err = policy_scores(scores, p, nothing);
  if (err) {
    policy_destroy(p);
    return err;
  }
  *out = p;
  return NULL;
}

void policy_destroy(policy *p) {
  if (!p) return;
  wp_model_release(p->model);
  free(p);
}

wp_error *policy_scores(float scores[MOVES], policy *p, const float observation[OBSERVATION]) {
  const int64_t shape[2] = {1, OBSERVATION};
  wp_tensor *input = NULL, *output = NULL;
  wp_error *err = wp_tensor_from_data(&input, WP_DTYPE_FLOAT32, shape, 2, observation, OBSERVATION * sizeof *observation);
  if (!err) err = wp_model_forward_tensor(&output, p->model, input);
  if (!err) err = wp_tensor_read(output, scores, MOVES * sizeof *scores, WP_DTYPE_FLOAT32);
  wp_tensor_release(output);
  wp_tensor_release(input);
  return err;
}
