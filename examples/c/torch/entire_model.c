/* SPDX-License-Identifier: MIT */
/* 2. Entire model: a TorchScript archive is loaded, run and saved; a whole nn.Module that Python pickled, of standard layers,
 * is built from what the pickle says, and never run as code. entire_model IN [OUT]
 *
 *     model = torch.jit.load(IN)                       # or torch.load(IN)
 *     model.eval()
 *     model.save(OUT) */
#include "example.h"

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  wp_model *model;
  check(wp_model_load(&model, argv[1], NULL));
  check(wp_model_eval(model));

  static const int64_t shape[2] = {1, 6};
  static const float ones[6] = {1, 1, 1, 1, 1, 1};
  wp_tensor *x, *y;
  check(wp_tensor_from_data(&x, WP_DTYPE_FLOAT32, shape, 2, ones, sizeof ones));
  check(wp_model_forward_tensor(&y, model, x));
  float scores[4];
  check(wp_tensor_read(y, scores, sizeof scores, WP_DTYPE_FLOAT32));
  printf("scores %.6f %.6f %.6f %.6f\n", scores[0], scores[1], scores[2], scores[3]);

  if (argc > 2) check(wp_model_save(model, argv[2], NULL));
  wp_tensor_release(y);
  wp_tensor_release(x);
  wp_model_release(model);
  return 0;
}
