/* SPDX-License-Identifier: MIT */
/* loop FILE NAME: what Bench.java does, in C. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <weightport/weightport.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void stop(wp_error *err) {
  if (!err) return;
  fprintf(stderr, "%s\n", wp_error_message(err));
  exit(1);
}

static double open_and_sum(const char *path) {
  wp_checkpoint *ckpt;
  wp_state_dict *weights;
  const void *bytes;
  double sum = 0;
  stop(wp_checkpoint_open(&ckpt, path, NULL));
  stop(wp_checkpoint_state_dict(&weights, ckpt, NULL));
  for (size_t i = 0; i < wp_state_dict_size(weights); i++) {
    stop(wp_tensor_data(&bytes, wp_state_dict_tensor_at(weights, i)));
    sum += *(const float *)bytes;
  }
  wp_state_dict_release(weights);
  wp_checkpoint_release(ckpt);
  return sum;
}

int main(int argc, char **argv) {
  enum { COUNT = 5000000 };
  wp_checkpoint *ckpt;
  wp_state_dict *weights;
  const void *bytes;
  double sum = 0, start;
  if (argc != 3) return 2;
  stop(wp_checkpoint_open(&ckpt, argv[1], NULL));
  stop(wp_checkpoint_state_dict(&weights, ckpt, NULL));
  start = now();
  for (int i = 0; i < COUNT; i++) {
    wp_tensor *tensor = wp_tensor_retain(wp_state_dict_find_sized(weights, argv[2], strlen(argv[2])));
    sum += (double)wp_tensor_numel(tensor);
    wp_tensor_release(tensor);
  }
  printf("C: lookup %.1f ns\n", (now() - start) / COUNT);
  start = now();
  for (int i = 0; i < COUNT; i++) {
    stop(wp_tensor_data(&bytes, wp_state_dict_tensor_at(weights, (size_t)i & 7)));
    sum += *(const float *)bytes;
  }
  printf("C: view %.1f ns\n", (now() - start) / COUNT);
  start = now();
  for (int i = 0; i < 10; i++) sum += open_and_sum(argv[1]);
  printf("C: open 20,000 tensors and read one number of each %.1f ms\n", (now() - start) / 1e7);
  wp_state_dict_release(weights);
  wp_checkpoint_release(ckpt);
  return sum < 0;
}
