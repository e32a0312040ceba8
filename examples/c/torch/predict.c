/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <weightport/torch/torch.h>

int main(int argc, char **argv) {
  const char *model_path = argc > 1 ? argv[1] : "model.ts", *ckpt_path = argc > 2 ? argv[2] : "ckpt.tar";
  const float x[6] = {1, 1, 1, 1, 1, 1};
  const int64_t shape[2] = {1, 6};
  float y[4] = {0};
  wp_model *model = NULL;
  wp_checkpoint *ckpt = NULL;
  wp_state_dict *weights = NULL;
  wp_tensor *input = NULL, *output = NULL;
  wp_error *err = wp_model_load(&model, model_path, NULL);
  if (!err) err = wp_checkpoint_open(&ckpt, ckpt_path, NULL);
  if (!err) err = wp_checkpoint_state_dict(&weights, ckpt, "model_state_dict");
  if (!err) err = wp_model_load_state_dict(NULL, model, weights, NULL);
  if (!err) err = wp_model_eval(model);
  if (!err) err = wp_tensor_from_data(&input, WP_DTYPE_FLOAT32, shape, 2, x, sizeof x);
  if (!err) err = wp_model_forward_tensor(&output, model, input);
  if (!err) err = wp_tensor_read(output, y, sizeof y, WP_DTYPE_FLOAT32);
  if (!err) printf("scores %.6f %.6f %.6f %.6f\n", y[0], y[1], y[2], y[3]);
  int status = err != NULL;
  if (err) fprintf(stderr, "%s\n", wp_error_message(err));
  wp_error_release(err);
  wp_tensor_release(output);
  wp_tensor_release(input);
  wp_state_dict_release(weights);
  wp_checkpoint_release(ckpt);
  wp_model_release(model);
  return status;
}
