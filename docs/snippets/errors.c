/* SPDX-License-Identifier: MIT */
/* What a program does with an error. errors FILE KEY */
#include <inttypes.h>
#include <stdio.h>
#include <weightport/weightport.h>

/* [report] */
static void report(const wp_error *err) {
  fprintf(stderr, "%s: %s\n", wp_code_name(wp_error_code(err)), wp_error_message(err));
  if (*wp_error_file(err)) fprintf(stderr, "  in the file %s\n", wp_error_file(err));
  if (wp_error_offset(err) >= 0) fprintf(stderr, "  at byte %" PRId64 "\n", wp_error_offset(err));
  if (*wp_error_key(err)) fprintf(stderr, "  at the key %s\n", wp_error_key(err));
}
/* [end] */

/* [act] */
/* The weights of a file, or those that the program brings with it if there is no such file yet. */
static wp_error *open_or_default(wp_checkpoint **out, const char *path, const void *built_in, size_t size) {
  wp_error *err = wp_checkpoint_open(out, path, NULL);
  if (wp_error_code(err) != WP_ERROR_NOT_FOUND) return err;
  wp_error_release(err);
  return wp_checkpoint_open_memory(out, built_in, size, "built in", NULL);
}
/* [end] */

/* [chain] */
static wp_error *count_tensors(size_t *count, const char *path, const char *key) {
  wp_checkpoint *ckpt = NULL;
  wp_state_dict *weights = NULL;
  wp_error *err = wp_checkpoint_open(&ckpt, path, NULL);
  if (!err) err = wp_checkpoint_state_dict(&weights, ckpt, key);
  if (!err) *count = wp_state_dict_size(weights);
  wp_state_dict_release(weights); /* NULL is allowed everywhere */
  wp_checkpoint_release(ckpt);
  return err;
}
/* [end] */

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  wp_checkpoint *ckpt;
  wp_error *err = open_or_default(&ckpt, "no such file", "{}", 2);
  printf("built in: %s\n", wp_code_name(wp_error_code(err)));
  wp_error_release(err);
  size_t count;
  err = count_tensors(&count, argv[1], argv[2]);
  if (!err) {
    printf("%zu tensors\n", count);
    return 0;
  }
  report(err);
  wp_error_release(err);
  return 1;
}
