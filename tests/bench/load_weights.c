/* SPDX-License-Identifier: MIT */
/* load_weights FILE TIMES: loads a state_dict into a model of as many layers, and prints medians in ms: of
 * wp_model_load_state_dict() with `assign`, of the same where the model's own memory is freed at that (once), without `assign`,
 * and of memcpy() of the same bytes from the mapping into memory that is already there. Each begins with a mapping that is
 * fresh. They take turns, so that noise meets all of them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <weightport/torch/torch.h>

enum { kAssign, kCopy, kPlain, kWays };

typedef struct {
  wp_checkpoint *file;
  wp_state_dict *weights;
} opened;

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void check(wp_error *err) {
  if (!err) return;
  fprintf(stderr, "load_weights: %s\n", wp_error_message(err));
  exit(1);
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static opened open_file(const char *path) {
  opened made;
  check(wp_checkpoint_open(&made.file, path, NULL));
  check(wp_checkpoint_state_dict(&made.weights, made.file, NULL));
  return made;
}

static void close_file(opened file) {
  wp_state_dict_release(file.weights);
  wp_checkpoint_release(file.file);
}

/* A Linear for each tensor, under the names of make_files.py. */
static wp_model *make_model(const wp_state_dict *weights) {
  const size_t count = wp_state_dict_size(weights), room = 100 + count * 100;
  char *json = malloc(room);
  if (!json) exit(1);
  int at =
      snprintf(json, room, "{\"class\": \"ModuleDict\", \"modules\": {\"layers\": {\"class\": \"ModuleList\", \"modules\": [");
  for (size_t i = 0; i < count; i++) {
    const int64_t *shape = wp_tensor_shape(wp_state_dict_tensor_at(weights, i));
    at += snprintf(json + at, room - (size_t)at,
                   "%s{\"class\": \"Linear\", \"in_features\": %lld, \"out_features\": %lld, \"bias\": false}", i ? "," : "",
                   (long long)shape[1], (long long)shape[0]);
  }
  at += snprintf(json + at, room - (size_t)at, "]}}}");
  wp_model *model;
  check(wp_model_build_json(&model, json, (size_t)at));
  free(json);
  return model;
}

static double load(wp_model *model, const wp_state_dict *weights, bool assign) {
  wp_load_state_dict_options options = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  options.assign = assign;
  const double start = now_ms();
  check(wp_model_load_state_dict(NULL, model, weights, &options));
  return now_ms() - start;
}

/* Into the memory of the model itself. */
static double plain(const wp_state_dict *into, const wp_state_dict *weights) {
  const double start = now_ms();
  for (size_t i = 0; i < wp_state_dict_size(weights); i++) {
    const wp_tensor *from = wp_state_dict_tensor_at(weights, i);
    void *to;
    const void *bytes;
    check(wp_tensor_mutable_data(&to, wp_state_dict_tensor_at(into, i)));
    check(wp_tensor_data(&bytes, from));
    memcpy(to, bytes, wp_tensor_nbytes(from));
  }
  return now_ms() - start;
}

int main(int argc, char **argv) {
  const size_t times = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
  double *took[kWays];
  for (int way = 0; way < kWays; way++) took[way] = calloc(times, sizeof **took);
  if (!times || !took[kWays - 1]) return 2;
  opened file = open_file(argv[1]);
  wp_model *copied = make_model(file.weights), *assigned = make_model(file.weights);
  const double first = load(assigned, file.weights, true);
  wp_state_dict *memory;
  check(wp_model_state_dict(&memory, copied));
  close_file(file);
  for (size_t i = 0; i < times; i++) {
    file = open_file(argv[1]);
    took[kAssign][i] = load(assigned, file.weights, true);
    close_file(file);
    file = open_file(argv[1]);
    took[kCopy][i] = load(copied, file.weights, false);
    close_file(file);
    file = open_file(argv[1]);
    took[kPlain][i] = plain(memory, file.weights);
    close_file(file);
  }
  printf("%.3f %.3f", median(took[kAssign], times), first);
  printf(" %.3f %.3f\n", median(took[kCopy], times), median(took[kPlain], times));
  for (int way = 0; way < kWays; way++) free(took[way]);
  wp_state_dict_release(memory);
  wp_model_release(assigned);
  wp_model_release(copied);
  return 0;
}
