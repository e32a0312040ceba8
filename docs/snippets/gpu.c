/* SPDX-License-Identifier: MIT */
/* A model that runs on a GPU where there is one. gpu MODEL WEIGHTS: on an image of ones. */
#include <stdio.h>
#include <weightport/torch/torch.h>

#include "check.h"

/* [predict] */
/* What the model gives for an input; both input and output are on the CPU. */
static wp_tensor *predict(const char *path, const wp_state_dict *weights, const wp_tensor *input) {
  wp_model_options options = WP_MODEL_OPTIONS_INIT;
  wp_model *model;
  wp_tensor *there, *output, *here;
  options.map_location = wp_torch_device_available("cuda") ? "cuda" : "cpu";
  check(wp_model_load(&model, path, &options));
  check(wp_model_load_state_dict(NULL, model, weights, NULL)); /* copied to where the model is */
  check(wp_model_eval(model));

  check(wp_tensor_to_device(&there, input, options.map_location));
  check(wp_model_forward_tensor(&output, model, there));
  check(wp_tensor_to_device(&here, output, "cpu"));
  wp_tensor_release(output);
  wp_tensor_release(there);
  wp_model_release(model);
  return here;
}
/* [end] */

int main(int argc, char **argv) {
  static const int64_t shape[4] = {1, 2, 4, 4};
  float ones[32];
  wp_checkpoint *ckpt;
  wp_state_dict *weights;
  wp_tensor *input, *output;
  const void *numbers;
  if (argc != 3) return 2;
  for (size_t i = 0; i < 32; i++) ones[i] = 1;
  check(wp_checkpoint_open(&ckpt, argv[2], NULL));
  check(wp_checkpoint_state_dict(&weights, ckpt, NULL));
  check(wp_tensor_from_data(&input, WP_DTYPE_FLOAT32, shape, 4, ones, sizeof ones));
  output = predict(argv[1], weights, input);
  check(wp_tensor_data(&numbers, output));
  printf("on %s: %.6f\n", wp_tensor_device(output), ((const float *)numbers)[0]);
  wp_tensor_release(output);
  wp_tensor_release(input);
  wp_state_dict_release(weights);
  wp_checkpoint_release(ckpt);
  return 0;
}
