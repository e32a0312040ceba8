/* SPDX-License-Identifier: MIT */
/* Weights that load on a thread of their own while a game goes on drawing. game FILE [quit] */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "check.h"

/* [loader] */
typedef struct {
  const char *path;
  wp_cancel *cancel;
  atomic_uint_fast64_t done, total; /* the progress bar */
  wp_checkpoint *ckpt;              /* these two are read after `finished` */
  wp_error *err;
  atomic_bool finished;
} Loader;

static int32_t loader_progress(uint64_t done, uint64_t total, void *user) {
  Loader *loader = user;
  atomic_store(&loader->total, total);
  atomic_store(&loader->done, done);
  return 0;
}

static void *loader_run(void *user) {
  Loader *loader = user;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.memory = WP_MEMORY_READ; /* all bytes are in memory afterwards: no frame ever waits for the disk */
  options.threads = 2;             /* leave the other cores to the game */
  options.cancel = loader->cancel;
  options.progress = loader_progress;
  options.progress_user = loader;
  loader->err = wp_checkpoint_open(&loader->ckpt, loader->path, &options);
  atomic_store(&loader->finished, true);
  return NULL;
}
/* [end] */

/* [weights] */
typedef struct {
  wp_tensor *weight, *bias; /* each keeps its memory alive: the checkpoint may go */
  const float *w, *b;
  int64_t outputs, inputs;
} Layer;

/* The numbers of a layer as plain pointers, after checking that they are what the code expects. */
static wp_error *layer_open(Layer *layer, const wp_state_dict *weights, const char *weight, const char *bias) {
  const void *w, *b;
  layer->weight = wp_state_dict_find(weights, weight);
  layer->bias = wp_state_dict_find(weights, bias);
  if (!layer->weight || !layer->bias || wp_tensor_dtype(layer->weight) != WP_DTYPE_FLOAT32 ||
      wp_tensor_dtype(layer->bias) != WP_DTYPE_FLOAT32 || wp_tensor_ndim(layer->weight) != 2 ||
      !wp_tensor_is_contiguous(layer->weight) || !wp_tensor_is_contiguous(layer->bias) ||
      wp_tensor_numel(layer->bias) != wp_tensor_shape(layer->weight)[0])
    return wp_error_create(WP_ERROR_MISMATCH, "not the weights of this game", weight);
  wp_error *err = wp_tensor_data(&w, layer->weight);
  if (!err) err = wp_tensor_data(&b, layer->bias);
  if (err) return err;
  wp_tensor_retain(layer->weight);
  wp_tensor_retain(layer->bias);
  layer->w = w;
  layer->b = b;
  layer->outputs = wp_tensor_shape(layer->weight)[0];
  layer->inputs = wp_tensor_shape(layer->weight)[1];
  return NULL;
}

/* y = W x + b: what a game of a megabyte needs instead of libtorch. */
static void layer_run(const Layer *layer, const float *x, float *y) {
  for (int64_t o = 0; o < layer->outputs; o++) {
    y[o] = layer->b[o];
    for (int64_t i = 0; i < layer->inputs; i++) y[o] += layer->w[o * layer->inputs + i] * x[i];
  }
}
/* [end] */

/* A frame, and the wait for the screen. */
static void draw_frame(uint64_t done, uint64_t total) {
  if (done < total) printf("\r%" PRIu64 " of %" PRIu64 " bytes", done, total);
  nanosleep(&(struct timespec){.tv_nsec = 16000000}, NULL);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  bool quit = argc > 2 && strcmp(argv[2], "quit") == 0;
  /* [frames] */
  Loader loader = {.path = argv[1]};
  pthread_t thread;
  check(wp_cancel_create(&loader.cancel));
  if (quit) wp_cancel_request(loader.cancel); /* from any thread: the loader ends soon, with WP_ERROR_CANCELLED */
  if (pthread_create(&thread, NULL, loader_run, &loader) != 0) return 1;
  while (!atomic_load(&loader.finished)) draw_frame(atomic_load(&loader.done), atomic_load(&loader.total));
  pthread_join(thread, NULL);
  wp_cancel_release(loader.cancel);
  /* [end] */
  if (wp_error_code(loader.err) == WP_ERROR_CANCELLED) {
    puts("cancelled");
    wp_error_release(loader.err);
    return 0;
  }
  check(loader.err);
  wp_state_dict *weights;
  Layer layer = {0};
  check(wp_checkpoint_state_dict(&weights, loader.ckpt, "model_state_dict"));
  check(layer_open(&layer, weights, "fc.weight", "fc.bias"));
  wp_state_dict_release(weights);
  wp_checkpoint_release(loader.ckpt);
  float x[8] = {1, 1, 1, 1, 1, 1, 1, 1}, y[8] = {0};
  if (layer.inputs != 8 || layer.outputs > 8) return 1;
  layer_run(&layer, x, y);
  printf("read %" PRIu64 " of %" PRIu64 " bytes, scores %.6f %.6f %.6f\n", loader.done, loader.total, y[0], y[1], y[2]);
  wp_tensor_release(layer.weight);
  wp_tensor_release(layer.bias);
  return 0;
}
