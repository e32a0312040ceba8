/* SPDX-License-Identifier: MIT */
/* save_mapped FROM TO: saves a file that is mapped. */
#include <stdio.h>
#include <weightport/weightport.h>

int main(int argc, char **argv) {
  wp_checkpoint *checkpoint;
  if (argc != 3) return 2;
  wp_error *err = wp_checkpoint_open(&checkpoint, argv[1], NULL);
  if (!err) err = wp_checkpoint_save(checkpoint, argv[2], NULL);
  if (err) fprintf(stderr, "%s\n", wp_error_message(err));
  const int status = err != NULL;
  wp_error_release(err);
  wp_checkpoint_release(checkpoint);
  return status;
}
