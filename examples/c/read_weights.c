/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <weightport/weightport.h>

int main(int argc, char **argv) {
  wp_checkpoint *ckpt = NULL;
  wp_state_dict *weights = NULL;
  wp_error *err = wp_checkpoint_open(&ckpt, argc > 1 ? argv[1] : "ckpt.tar", NULL);
  if (!err) err = wp_checkpoint_state_dict(&weights, ckpt, "model_state_dict");
  for (size_t i = 0; !err && i < wp_state_dict_size(weights); i++) {
    wp_tensor *tensor = wp_state_dict_tensor_at(weights, i), *first = NULL;
    double number = 0;
    printf("%s: %s [", wp_state_dict_name_at(weights, i, NULL), wp_dtype_name(wp_tensor_dtype(tensor)));
    for (size_t d = 0; d < wp_tensor_ndim(tensor); d++) printf(" %" PRId64, wp_tensor_shape(tensor)[d]);
    printf(" ]");
    if (wp_tensor_numel(tensor) > 0) {
      err = wp_tensor_view(&first, tensor, wp_tensor_storage_offset(tensor), NULL, NULL, 0);
      if (!err) err = wp_tensor_item(&number, first);
      if (!err) printf(" begins with %g", number);
    }
    printf("\n");
    wp_tensor_release(first);
  }
  int status = err != NULL;
  if (err) fprintf(stderr, "%s\n", wp_error_message(err));
  wp_error_release(err);
  wp_state_dict_release(weights);
  wp_checkpoint_release(ckpt);
  return status;
}
