/* SPDX-License-Identifier: MIT */
/* Prints the tree of values in a checkpoint, one node a line; for a tensor of floats also the mean, standard deviation,
 * least and greatest of its elements. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <weightport/weightport.h>

/* A tree may contain itself. */
enum { MAX_DEPTH = 16 };

static wp_error *print_statistics(const wp_tensor *tensor) {
  size_t n = (size_t)wp_tensor_numel(tensor);
  double *x = n ? calloc(n, sizeof *x) : NULL;
  if (!x) return NULL;
  wp_error *err = wp_tensor_read(tensor, x, n * sizeof *x, WP_DTYPE_FLOAT64);
  if (!err) {
    double sum = 0, squares = 0, least = x[0], greatest = x[0];
    for (size_t i = 0; i < n; i++) {
      sum += x[i];
      least = fmin(least, x[i]);
      greatest = fmax(greatest, x[i]);
    }
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    printf("  mean %.9g  std %.9g  min %.9g  max %.9g", mean, sqrt(squares / (double)n), least, greatest);
  }
  free(x);
  return err;
}

static wp_error *print_tensor(const wp_tensor *tensor) {
  printf("%s [", wp_dtype_name(wp_tensor_dtype(tensor)));
  for (size_t d = 0; d < wp_tensor_ndim(tensor); d++) printf("%s%" PRId64, d ? ", " : "", wp_tensor_shape(tensor)[d]);
  printf("]");
  switch (wp_tensor_dtype(tensor)) {
    case WP_DTYPE_FLOAT16:
    case WP_DTYPE_BFLOAT16:
    case WP_DTYPE_FLOAT32:
    case WP_DTYPE_FLOAT64:
      return print_statistics(tensor);
    default:
      return NULL;
  }
}

/* Strings and numbers; of any other kind, its name. */
static wp_error *print_scalar(const wp_value *value) {
  bool flag = false;
  int64_t integer = 0;
  double number = 0;
  const char *text = "";
  wp_error *err = NULL;
  switch (wp_value_kind(value)) {
    case WP_KIND_BOOL:
      err = wp_value_get_bool(&flag, value);
      printf("%s", flag ? "true" : "false");
      return err;
    case WP_KIND_INT:
      err = wp_value_get_int(&integer, value);
      printf("%" PRId64, integer);
      return err;
    case WP_KIND_FLOAT:
      err = wp_value_get_float(&number, value);
      printf("%.9g", number);
      return err;
    case WP_KIND_STRING:
      err = wp_value_get_string(&text, NULL, value);
      printf("\"%s\"", text ? text : "");
      return err;
    default:
      printf("%s", wp_kind_name(wp_value_kind(value)));
      return NULL;
  }
}

static wp_error *print_value(const wp_value *value, int depth);

static wp_error *print_items(const wp_value *value, int depth) {
  wp_error *err = NULL;
  for (size_t i = 0; !err && i < wp_value_size(value); i++) {
    const wp_value *key = wp_value_key(value, i);
    printf("%*s", 2 * depth, "");
    if (key) {
      err = print_scalar(key);
    } else {
      printf("%zu", i);
    }
    printf(": ");
    if (!err) err = print_value(wp_value_item(value, i), depth + 1);
  }
  return err;
}

static wp_error *print_value(const wp_value *value, int depth) {
  wp_error *err = NULL;
  if (wp_value_kind(value) == WP_KIND_TENSOR) {
    err = print_tensor(wp_value_tensor(value));
  } else {
    err = print_scalar(value);
  }
  if (wp_value_size(value)) printf(" of %zu", wp_value_size(value));
  printf("\n");
  return err || depth == MAX_DEPTH ? err : print_items(value, depth);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: demo CHECKPOINT\n");
    return 2;
  }
  wp_checkpoint *ckpt = NULL;
  wp_error *err = wp_checkpoint_open(&ckpt, argv[1], NULL);
  if (!err) err = print_value(wp_checkpoint_root(ckpt), 0);
  int status = err != NULL;
  if (err) fprintf(stderr, "%s\n", wp_error_message(err));
  wp_error_release(err);
  wp_checkpoint_release(ckpt);
  return status;
}
