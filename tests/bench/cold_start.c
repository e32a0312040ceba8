/* SPDX-License-Identifier: MIT */
/* cold_start FILE: prints the first number of the first tensor, which is float32. */
#include <stdio.h>
#include <weightport/weightport.h>

int main(int argc, char **argv) {
  wp_checkpoint *checkpoint;
  wp_state_dict *state_dict = NULL;
  const void *data;
  if (argc != 2) return 2;
  wp_error *err = wp_checkpoint_open(&checkpoint, argv[1], NULL);
  if (!err) err = wp_checkpoint_state_dict(&state_dict, checkpoint, NULL);
  if (!err) err = wp_tensor_data(&data, wp_state_dict_tensor_at(state_dict, 0));
  if (err)
    fprintf(stderr, "%s\n", wp_error_message(err));
  else
    printf("%g\n", *(const float *)data);
  const int status = err != NULL;
  wp_error_release(err);
  wp_state_dict_release(state_dict);
  wp_checkpoint_release(checkpoint);
  return status;
}
