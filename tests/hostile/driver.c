/* SPDX-License-Identifier: MIT */
/*
 * Opens hostile bytes and does with them what a curious program would: walks the tree, takes every state_dict, reads tensors,
 * and saves files that it opens as they are. A value or an error is fine; exits with 1 if the library breaks its own promises
 * about errors.
 *
 *     driver open FILE...        each file as it is
 *     driver truncate FILE...    each file cut at every byte
 *     driver flip FILE...        each file with every single bit changed, and every byte inverted
 *     driver sample FILE...      the same for every eighth byte
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weightport/weightport.h"

enum { MAX_NODES = 20000, MAX_STACK = 4096, MAX_READ = 1 << 20, MAX_STATE_DICTS = 16, CODES = 14 };

typedef struct {
  const char *name;
  size_t counts[CODES];
  size_t broken;
  bool saves;
} tally;

static volatile unsigned char touched;

static void broken(tally *t, const char *what, const char *message) {
  if (t->broken++ < 10) fprintf(stderr, "%s: broken promise: %s: %s\n", t->name, what, message);
}

/* Takes the error; true if there was one. `out` is what must be NULL then. */
static bool failed(tally *t, wp_error *error, const void *out) {
  if (!error) return false;
  const char *message = wp_error_message(error);
  wp_code code = wp_error_code(error);
  if (code == WP_ERROR_INTERNAL || code <= 0 || code / 10 >= CODES) broken(t, wp_code_name(code), message);
  if (!*message) broken(t, "an empty message", wp_code_name(code));
  for (const char *c = message; *c; c++) {
    if ((unsigned char)*c < 32) {
      broken(t, "a message of several lines", message);
      break;
    }
  }
  if (out) broken(t, "an output in spite of an error", message);
  wp_error_release(error);
  return true;
}

static void touch_ends(const wp_tensor *tensor, const unsigned char *data) {
  size_t itemsize = wp_dtype_itemsize(wp_tensor_dtype(tensor));
  const int64_t *strides = wp_tensor_strides(tensor);
  int64_t last = 0;
  for (size_t i = 0; i < wp_tensor_ndim(tensor); i++) last += (wp_tensor_shape(tensor)[i] - 1) * strides[i];
  touched = data[0];
  touched = data[(size_t)last * itemsize + itemsize - 1];
}

static void use_part(tally *t, const wp_tensor *tensor) {
  for (size_t i = 0; i < wp_tensor_ndim(tensor); i++) {
    if (wp_tensor_shape(tensor)[i] < 0) broken(t, "a negative size", wp_tensor_device(tensor));
  }
  if (wp_tensor_nbytes(tensor) > MAX_READ || wp_tensor_storage_nbytes(tensor) > MAX_READ) return;
  const void *data = NULL;
  if (!failed(t, wp_tensor_data(&data, tensor), data) && wp_tensor_numel(tensor) > 0) touch_ends(tensor, data);
  size_t size = (size_t)wp_tensor_nbytes(tensor);
  void *buffer = malloc(size ? size : 1);
  if (buffer) failed(t, wp_tensor_read(tensor, buffer, size, wp_tensor_dtype(tensor)), NULL);
  free(buffer);
}

static void use_tensor(tally *t, const wp_tensor *tensor) {
  for (wp_tensor_part part = WP_PART_INDICES; part <= WP_PART_ZERO_POINTS; part++) {
    if (wp_tensor_get_part(tensor, part)) use_part(t, wp_tensor_get_part(tensor, part));
  }
  use_part(t, tensor);
}

static void use_scalar(const wp_value *value) {
  const char *text;
  const void *bytes;
  size_t size;
  if (wp_value_kind(value) == WP_KIND_STRING) {
    wp_error_release(wp_value_get_string(&text, &size, value));
    touched = (unsigned char)text[size];
  } else if (wp_value_kind(value) == WP_KIND_BYTES) {
    wp_error_release(wp_value_get_bytes(&bytes, &size, value));
    if (size) touched = ((const unsigned char *)bytes)[size - 1];
  }
}

static void walk(tally *t, const wp_value *root) {
  static const wp_value *stack[MAX_STACK];
  size_t height = 0, nodes = 0;
  stack[height++] = root;
  while (height > 0 && nodes++ < MAX_NODES) {
    const wp_value *value = stack[--height];
    touched = (unsigned char)strlen(wp_value_class(value));
    use_scalar(value);
    if (wp_value_tensor(value)) use_tensor(t, wp_value_tensor(value));
    const wp_value *more[2] = {wp_value_args(value), wp_value_attributes(value)};
    for (size_t i = 0; i < 2; i++) {
      if (more[i] && height < MAX_STACK) stack[height++] = more[i];
    }
    for (size_t i = 0; i < wp_value_size(value) && height + 2 < MAX_STACK; i++) {
      stack[height++] = wp_value_item(value, i);
      if (wp_value_key(value, i)) stack[height++] = wp_value_key(value, i);
    }
  }
}

static void use_state_dicts(tally *t, const wp_checkpoint *checkpoint) {
  size_t count = wp_checkpoint_state_dict_count(checkpoint);
  for (size_t i = 0; i <= count && i < MAX_STATE_DICTS; i++) {
    wp_state_dict *weights = NULL; /* the last round asks for the only one */
    if (failed(t, wp_checkpoint_state_dict(&weights, checkpoint, wp_checkpoint_state_dict_key(checkpoint, i)), weights))
      continue;
    for (size_t k = 0; k < wp_state_dict_size(weights) && k < MAX_NODES; k++) {
      touched = (unsigned char)wp_state_dict_name_at(weights, k, NULL)[0];
      touched = (unsigned char)wp_tensor_ndim(wp_state_dict_tensor_at(weights, k));
    }
    wp_state_dict_release(weights);
  }
}

static int32_t write_nowhere(const void *bytes, size_t size, void *user) {
  (void)user;
  if (size) touched = ((const unsigned char *)bytes)[size - 1];
  return 0;
}

static void save(tally *t, const wp_checkpoint *checkpoint) {
  for (wp_format format = WP_FORMAT_TORCH_ZIP; format <= WP_FORMAT_TORCH_LEGACY; format++) {
    wp_sink sink = WP_SINK_INIT;
    sink.write = write_nowhere;
    wp_save_options options = WP_SAVE_OPTIONS_INIT;
    options.format = format;
    failed(t, wp_checkpoint_save_sink(checkpoint, &sink, &options), NULL);
  }
}

static void use_checkpoint(tally *t, wp_error *error, wp_checkpoint *checkpoint) {
  wp_code code = wp_error_code(error);
  if (code >= 0 && code / 10 < CODES) t->counts[code / 10]++;
  if (failed(t, error, checkpoint)) return;
  walk(t, wp_checkpoint_root(checkpoint));
  use_state_dicts(t, checkpoint);
  for (size_t i = 0; i < wp_checkpoint_global_count(checkpoint); i++) {
    touched = (unsigned char)wp_checkpoint_global_name(checkpoint, i)[0] + wp_checkpoint_global_allowed(checkpoint, i);
  }
  if (t->saves) save(t, checkpoint);
  wp_checkpoint_release(checkpoint);
}

static int32_t read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  memcpy(buffer, (const char *)user + offset, size);
  return 0;
}

/* As a mapping, read in pieces, and as memory of its own. */
static void try_bytes(tally *t, const unsigned char *bytes, size_t size) {
  unsigned char *exact = malloc(size ? size : 1); /* so that reading beyond the end is seen */
  if (!exact) exit(2);
  memcpy(exact, bytes, size);
  wp_checkpoint *checkpoint = NULL;
  wp_error *error = wp_checkpoint_open_memory(&checkpoint, exact, size, t->name, NULL);
  use_checkpoint(t, error, checkpoint);
  wp_source source = WP_SOURCE_INIT;
  source.user = exact;
  source.size = size;
  source.read_at = read_at;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.memory = WP_MEMORY_READ;
  options.threads = 1;
  options.verify_checksums = true;
  error = wp_checkpoint_open_source(&checkpoint, &source, size % 2 ? NULL : &options);
  use_checkpoint(t, error, checkpoint);
  free(exact);
}

static void flip(tally *t, unsigned char *bytes, size_t size, size_t step) {
  for (size_t i = 0; i < size; i += step) {
    unsigned char original = bytes[i];
    for (int bit = 0; bit <= 8; bit++) {
      bytes[i] = bit < 8 ? original ^ (unsigned char)(1 << bit) : (unsigned char)~original;
      try_bytes(t, bytes, size);
    }
    bytes[i] = original;
  }
}

static unsigned char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) exit(2);
  long end = ftell(file);
  rewind(file);
  unsigned char *bytes = malloc((size_t)end + 1);
  if (!bytes || fread(bytes, 1, (size_t)end, file) != (size_t)end) exit(2);
  fclose(file);
  *size = (size_t)end;
  return bytes;
}

static size_t run(const char *mode, const char *path) {
  tally t = {path, {0}, 0, !strcmp(mode, "open")};
  size_t size = 0;
  unsigned char *bytes = read_file(path, &size);
  if (!strcmp(mode, "flip") || !strcmp(mode, "sample")) {
    flip(&t, bytes, size, *mode == 'f' ? 1 : 8);
  } else if (!strcmp(mode, "truncate")) {
    for (size_t i = 0; i < size; i++) try_bytes(&t, bytes, i);
  } else {
    try_bytes(&t, bytes, size);
  }
  free(bytes);
  printf("%s %s: %zu opened", mode, strrchr(path, '/') ? strrchr(path, '/') + 1 : path, t.counts[0]);
  for (wp_code code = 1; code < CODES; code++) {
    if (t.counts[code]) printf(", %zu %s", t.counts[code], wp_code_name(code * 10) + strlen("WP_ERROR_"));
  }
  printf("\n");
  return t.broken;
}

int main(int argc, char **argv) {
  size_t bad = 0;
  if (argc < 3) return 2;
  for (int i = 2; i < argc; i++) bad += run(argv[1], argv[i]);
  return bad ? 1 : 0;
}
