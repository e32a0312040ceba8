/* SPDX-License-Identifier: MIT */
/* 1. state_dict, the recommended way.
 *     state_dict IN OUT
 *
 *     model = Net()                                    # Python
 *     model.load_state_dict(torch.load(IN))
 *     model.eval()
 *     torch.save(model.state_dict(), OUT) */
#include "example.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  wp_model *model = build(NET);
  wp_checkpoint *in, *out;
  check(wp_checkpoint_open(&in, argv[1], NULL));
  load_model(model, in, NULL);
  check(wp_model_eval(model));

  static const int64_t shape[2] = {1, 6};
  static const float ones[6] = {1, 1, 1, 1, 1, 1};
  wp_tensor *x, *y;
  check(wp_tensor_from_data(&x, WP_DTYPE_FLOAT32, shape, 2, ones, sizeof ones));
  check(wp_model_forward_tensor(&y, model, x));
  float scores[4];
  check(wp_tensor_read(y, scores, sizeof scores, WP_DTYPE_FLOAT32));
  printf("scores %.6f %.6f %.6f %.6f\n", scores[0], scores[1], scores[2], scores[3]);

  check(wp_checkpoint_create(&out));
  put_model(out, NULL, model);
  check(wp_checkpoint_save(out, argv[2], NULL));
  wp_checkpoint_release(out);
  wp_tensor_release(y);
  wp_tensor_release(x);
  wp_checkpoint_release(in);
  wp_model_release(model);
  return 0;
}
