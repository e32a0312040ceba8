/* SPDX-License-Identifier: MIT */
/*
 * Structs of the API as objects: make one, give its address to the function of the API, free it. NULL is "out of memory".
 *
 * A callback is a token of the language (WP_CALLBACK below) and one C function of that language for each kind of call. An
 * exception or panic never crosses C: the language keeps it under a number, which the callback returns and wp_error_status()
 * of the error that comes of it then gives, wherever that error shows. Each language defines, in its own file, wpb_read_at, wpb_close, wpb_write, wpb_finish,
 * wpb_abort and wpb_progress with the signatures of io.h, and wpb_forget, which gives up a token (or NULL) that no `close` is
 * called for.
 */
%{
#include <stdlib.h>
#include <string.h>

/* Limits live beside the options that point to them. */
typedef struct {
  wp_open_options options;
  wp_limits limits;
} wpb_open;
%}

%inline %{
/* For a function that takes a source: it calls the token's `close`, which gives the token up, also when it fails. */
static wp_source *wpb_source_create(uint64_t size, const char *name, void *WP_CALLBACK) {
  wp_source init = WP_SOURCE_INIT, *source = (wp_source *)malloc(sizeof *source);
  if (!source) return NULL;
  *source = init;
  source->name = name ? strdup(name) : NULL;
  source->user = WP_CALLBACK;
  source->size = size;
  source->read_at = wpb_read_at;
  source->close = wpb_close;
  return source;
}
static void wpb_source_free(wp_source *source) {
  if (source) free((char *)source->name);
  free(source);
}

/* Opens `size` bytes of a token, under a name for errors. */
static wp_error *wpb_open_source(wp_checkpoint **out, uint64_t size, const char *name, const wp_open_options *options,
                                 void *WP_CALLBACK) {
  wp_source *source = wpb_source_create(size, name, WP_CALLBACK);
  if (!source) {
    wpb_close(WP_CALLBACK);
    return wp_error_create(WP_ERROR_OUT_OF_MEMORY, "no memory for a source", NULL);
  }
  wp_error *error = wp_checkpoint_open_source(out, source, options);
  wpb_source_free(source);
  return error;
}

static wp_sink *wpb_sink_create(const char *name, void *WP_CALLBACK) {
  wp_sink init = WP_SINK_INIT, *sink = (wp_sink *)malloc(sizeof *sink);
  if (!sink) return NULL;
  *sink = init;
  sink->name = name ? strdup(name) : NULL;
  sink->user = WP_CALLBACK;
  sink->write = wpb_write;
  sink->finish = wpb_finish;
  sink->abort = wpb_abort;
  return sink;
}
static void wpb_sink_free(wp_sink *sink) {
  if (sink) {
    wpb_forget(sink->user);
    free((char *)sink->name);
  }
  free(sink);
}

/* Saves to a token under a name, and gives the token up. */
static wp_error *wpb_save_sink(const wp_checkpoint *checkpoint, const char *name, const wp_save_options *options,
                               void *WP_CALLBACK) {
  wp_sink *sink = wpb_sink_create(name, WP_CALLBACK);
  if (!sink) {
    wpb_forget(WP_CALLBACK);
    return wp_error_create(WP_ERROR_OUT_OF_MEMORY, "no memory for a sink", NULL);
  }
  wp_error *error = wp_checkpoint_save_sink(checkpoint, sink, options);
  wpb_sink_free(sink);
  return error;
}

/* `WP_CALLBACK` is told of the progress; it may be NULL. Of the limits, 0 is the default. */
static wp_open_options *wpb_open_options_create(wp_memory memory, uint32_t threads, bool verify_checksums, wp_cancel *cancel,
                                                void *WP_CALLBACK) {
  wpb_open init = {WP_OPEN_OPTIONS_INIT, WP_LIMITS_INIT}, *open = (wpb_open *)malloc(sizeof *open);
  if (!open) return NULL;
  *open = init;
  open->options.memory = memory;
  open->options.threads = threads;
  open->options.verify_checksums = verify_checksums;
  open->options.limits = &open->limits;
  open->options.cancel = cancel;
  open->options.progress = WP_CALLBACK ? wpb_progress : NULL;
  open->options.progress_user = WP_CALLBACK;
  return &open->options;
}
static void wpb_open_options_set_limits(wp_open_options *options, uint32_t max_depth, uint64_t max_tensors, uint64_t max_bytes,
                                        uint64_t max_steps, uint64_t max_string, uint64_t max_inflate_ratio) {
  wp_limits *limits = &((wpb_open *)options)->limits;
  limits->max_depth = max_depth;
  limits->max_tensors = max_tensors;
  limits->max_bytes = max_bytes;
  limits->max_steps = max_steps;
  limits->max_string = max_string;
  limits->max_inflate_ratio = max_inflate_ratio;
}
static void wpb_open_options_free(wp_open_options *options) {
  if (options) wpb_forget(options->progress_user);
  free(options);
}

static wp_save_options *wpb_save_options_create(wp_format format, uint32_t mode, bool durable, uint64_t max_shard_size,
                                                wp_cancel *cancel, void *WP_CALLBACK) {
  wp_save_options init = WP_SAVE_OPTIONS_INIT, *options = (wp_save_options *)malloc(sizeof *options);
  if (!options) return NULL;
  *options = init;
  options->format = format;
  options->mode = mode;
  options->durable = durable;
  options->max_shard_size = max_shard_size;
  options->cancel = cancel;
  options->progress = WP_CALLBACK ? wpb_progress : NULL;
  options->progress_user = WP_CALLBACK;
  return options;
}
static void wpb_save_options_free(wp_save_options *options) {
  if (options) wpb_forget(options->progress_user);
  free(options);
}

static wp_diff_options *wpb_diff_options_create(double rtol, double atol, wp_cancel *cancel, void *WP_CALLBACK) {
  wp_diff_options init = WP_DIFF_OPTIONS_INIT, *options = (wp_diff_options *)malloc(sizeof *options);
  if (!options) return NULL;
  *options = init;
  options->rtol = rtol;
  options->atol = atol;
  options->cancel = cancel;
  options->progress = WP_CALLBACK ? wpb_progress : NULL;
  options->progress_user = WP_CALLBACK;
  return options;
}
static void wpb_diff_options_free(wp_diff_options *options) {
  if (options) wpb_forget(options->progress_user);
  free(options);
}

/* wp_tensor_wrap() without a struct; the tensor's last release, or a failure, calls the token's `close`. */
static wp_error *wpb_tensor_wrap(wp_tensor **out, wp_dtype dtype, const int64_t *shape, size_t ndim, void *ADDRESS,
                                 uint64_t nbytes, bool read_only, void *WP_CALLBACK) {
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  desc.dtype = dtype;
  desc.shape = shape;
  desc.ndim = ndim;
  desc.data = ADDRESS;
  desc.nbytes = nbytes;
  desc.read_only = read_only;
  desc.release = wpb_close;
  desc.user = WP_CALLBACK;
  return wp_tensor_wrap(out, &desc);
}
%}
