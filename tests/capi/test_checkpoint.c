/* SPDX-License-Identifier: MIT */
/* Opening files: from a path, from memory, from a source of the caller's; options, limits, cancelling, progress. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
/* clang-format on */

#include <weightport/weightport.h>

#include "byte_order.h"

#define DATA(name) WEIGHTPORT_TEST_DATA "/" name

typedef struct file_bytes {
  uint8_t *bytes;
  size_t size;
} file_bytes;

static file_bytes read_file(const char *path) {
  file_bytes out = {NULL, 0};
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  out.size = (size_t)ftell(file);
  rewind(file);
  out.bytes = malloc(out.size);
  assert_int_equal(fread(out.bytes, 1, out.size, file), out.size);
  fclose(file);
  return out;
}

static void assert_ok(wp_error *error) {
  if (error) print_error("%s\n", wp_error_message(error));
  assert_null(error);
}

static void assert_fails(wp_error *error, wp_code code) {
  assert_int_equal(wp_error_code(error), code);
  wp_error_release(error);
}

static void opens_a_general_checkpoint(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), NULL));
  assert_int_equal(wp_checkpoint_format(ckpt), WP_FORMAT_TORCH_ZIP);
  assert_null(wp_checkpoint_metadata(ckpt));
  assert_int_equal(wp_value_kind(wp_value_find(wp_checkpoint_root(ckpt), "epoch", 5)), WP_KIND_INT);

  wp_state_dict *by_key, *only;
  assert_ok(wp_checkpoint_state_dict(&by_key, ckpt, "model_state_dict"));
  assert_ok(wp_checkpoint_state_dict(&only, ckpt, NULL));
  assert_int_equal(wp_checkpoint_state_dict_count(ckpt), 1);
  assert_string_equal(wp_checkpoint_state_dict_key(ckpt, 0), "model_state_dict");
  assert_null(wp_checkpoint_state_dict_key(ckpt, 1));
  assert_true(wp_state_dict_size(only) > 0);
  assert_int_equal(wp_state_dict_size(by_key), wp_state_dict_size(only));
  assert_ptr_equal(wp_state_dict_tensor_at(by_key, 0), wp_state_dict_tensor_at(only, 0));

  wp_state_dict *missing = (wp_state_dict *)1;
  assert_fails(wp_checkpoint_state_dict(&missing, ckpt, "model"), WP_ERROR_NOT_FOUND);
  assert_null(missing);
  assert_fails(wp_checkpoint_state_dict(&missing, ckpt, "epoch"), WP_ERROR_MISMATCH);
  wp_state_dict_release(by_key);
  wp_state_dict_release(only);
  wp_checkpoint_release(wp_checkpoint_retain(ckpt));
  wp_checkpoint_release(ckpt);
}

static void several_state_dicts_are_listed(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("multi.tar"), NULL));
  assert_int_equal(wp_checkpoint_state_dict_count(ckpt), 2);
  wp_error *error = wp_checkpoint_state_dict(&sd, ckpt, NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_MISMATCH);
  for (size_t i = 0; i < 2; i++) assert_non_null(strstr(wp_error_message(error), wp_checkpoint_state_dict_key(ckpt, i)));
  wp_error_release(error);
  wp_checkpoint_release(ckpt);
}

static void globals_are_marked(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("foreign.pt"), NULL));
  bool namespace_seen = false, rebuild_seen = false;
  for (size_t i = 0; i < wp_checkpoint_global_count(ckpt); i++) {
    const char *name = wp_checkpoint_global_name(ckpt, i);
    if (!strcmp(name, "argparse.Namespace")) {
      namespace_seen = true;
      assert_false(wp_checkpoint_global_allowed(ckpt, i));
    }
    if (!strcmp(name, "torch._utils._rebuild_tensor_v2")) {
      rebuild_seen = true;
      assert_true(wp_checkpoint_global_allowed(ckpt, i));
    }
  }
  assert_true(namespace_seen && rebuild_seen);
  assert_null(wp_checkpoint_global_name(ckpt, wp_checkpoint_global_count(ckpt)));
  assert_false(wp_checkpoint_global_allowed(ckpt, wp_checkpoint_global_count(ckpt)));
  wp_checkpoint_release(ckpt);
}

static void safetensors_metadata(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("model.safetensors"), NULL));
  assert_int_equal(wp_checkpoint_format(ckpt), WP_FORMAT_SAFETENSORS);
  assert_int_equal(wp_value_kind(wp_checkpoint_metadata(ckpt)), WP_KIND_DICT);
  assert_int_equal(wp_checkpoint_global_count(ckpt), 0);
  wp_checkpoint_release(ckpt);
}

/* A source of the caller's that counts what it is asked for. */
typedef struct counting {
  file_bytes file;
  uint64_t bytes_read;
  int calls;
  int closed;
  int fail_at; /* the call that fails, counted from 1; 0 = none */
} counting;

static int32_t counting_read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  counting *c = user;
  assert_true(offset + size <= c->file.size);
  if (++c->calls == c->fail_at) return 7;
  c->bytes_read += size;
  memcpy(buffer, c->file.bytes + offset, size);
  return 0;
}

static const void *counting_map(void *user) { return ((counting *)user)->file.bytes; }

static void counting_close(void *user) { ((counting *)user)->closed++; }

static wp_source counting_source(counting *c, bool map) {
  wp_source source = WP_SOURCE_INIT;
  source.name = "counted";
  source.user = c;
  source.size = c->file.size;
  source.read_at = counting_read_at;
  source.map = map ? counting_map : NULL;
  source.close = counting_close;
  return source;
}

/* A dict of `count` tensors of `nbytes` bytes, as safetensors: large data behind a small header. */
static file_bytes large_safetensors(int count, size_t nbytes) {
  char header[4096];
  size_t length = 0;
  for (int i = 0; i < count; i++) {
    length += (size_t)snprintf(header + length, sizeof header - length,
                               "%c\"t%d\":{\"dtype\":\"U8\",\"shape\":[%zu],\"data_offsets\":[%zu,%zu]}", i ? ',' : '{', i,
                               nbytes, (size_t)i * nbytes, ((size_t)i + 1) * nbytes);
  }
  header[length++] = '}';
  while (length % 8) header[length++] = ' ';
  file_bytes out = {NULL, 8 + length + (size_t)count * nbytes};
  out.bytes = calloc(1, out.size);
  for (int i = 0; i < 8; i++) out.bytes[i] = (uint8_t)((uint64_t)length >> 8 * i);
  memcpy(out.bytes + 8, header, length);
  for (int i = 0; i < count; i++) out.bytes[8 + length + (size_t)i * nbytes] = (uint8_t)(i + 1);
  return out;
}

static void opening_reads_no_tensor_byte(void **state) {
  (void)state;
  counting c = {large_safetensors(4, 1 << 20), 0, 0, 0, 0};
  wp_source source = counting_source(&c, false);
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open_source(&ckpt, &source, NULL));
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  assert_int_equal(wp_state_dict_size(sd), 4);
  assert_true(c.bytes_read < 8192);

  /* The first touch reads that tensor and no other; the second reads nothing. */
  uint64_t before = c.bytes_read;
  const void *data;
  assert_ok(wp_tensor_data(&data, wp_state_dict_find(sd, "t2")));
  assert_int_equal(((const uint8_t *)data)[0], 3);
  assert_int_equal(c.bytes_read - before, 1 << 20);
  assert_ok(wp_tensor_data(&data, wp_state_dict_find(sd, "t2")));
  assert_int_equal(c.bytes_read - before, 1 << 20);

  /* The tensor outlives everything else, and the source with it. */
  wp_tensor *kept = wp_tensor_retain(wp_state_dict_find(sd, "t3"));
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
  assert_int_equal(c.closed, 0);
  assert_ok(wp_tensor_data(&data, kept));
  assert_int_equal(((const uint8_t *)data)[0], 4);
  wp_tensor_release(kept);
  assert_int_equal(c.closed, 1);
  free(c.file.bytes);
}

static void opening_a_torch_zip_reads_no_tensor_byte(void **state) {
  (void)state;
  counting c = {read_file(DATA("checkpoint.tar")), 0, 0, 0, 0};
  wp_source source = counting_source(&c, false);
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open_source(&ckpt, &source, NULL));
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  uint64_t opened = c.bytes_read, tensors = 0;
  for (size_t i = 0; i < wp_state_dict_size(sd); i++) {
    const void *data;
    assert_ok(wp_tensor_data(&data, wp_state_dict_tensor_at(sd, i)));
    tensors += wp_tensor_storage_nbytes(wp_state_dict_tensor_at(sd, i));
  }
  assert_true(c.bytes_read - opened >= tensors);
  assert_true(opened <= c.file.size - tensors);
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
  assert_int_equal(c.closed, 1);
  free(c.file.bytes);
}

/* Each storage of the stream follows a count of its own, which is found by skipping the one before. */
static void opening_a_legacy_file_reads_one_window(void **state) {
  (void)state;
  file_bytes large = large_safetensors(8, 1 << 20);
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  wp_tensor *saved;
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = WP_FORMAT_TORCH_LEGACY;
  assert_ok(wp_checkpoint_open_memory(&ckpt, large.bytes, large.size, "large", NULL));
  assert_ok(wp_checkpoint_save_memory(&saved, ckpt, &options));
  wp_checkpoint_release(ckpt);
  free(large.bytes);

  const void *bytes;
  assert_ok(wp_tensor_data(&bytes, saved));
  counting c = {{(uint8_t *)bytes, (size_t)wp_tensor_nbytes(saved)}, 0, 0, 0, 0};
  wp_source source = counting_source(&c, false);
  assert_ok(wp_checkpoint_open_source(&ckpt, &source, NULL));
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  assert_true(c.bytes_read < 2 * 65536);
  const void *data;
  for (uint8_t i = 0; i < 8; i++) {
    char name[3] = {'t', (char)('0' + i), 0};
    assert_ok(wp_tensor_data(&data, wp_state_dict_find(sd, name)));
    assert_int_equal(((const uint8_t *)data)[0], i + 1);
  }
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
  wp_tensor_release(saved);
}

static void a_source_with_a_map_is_not_read(void **state) {
  (void)state;
  counting c = {large_safetensors(2, 1024), 0, 0, 0, 0};
  wp_source source = counting_source(&c, true);
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open_source(&ckpt, &source, NULL));
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  const void *data;
  assert_ok(wp_tensor_data(&data, wp_state_dict_find(sd, "t1")));
  assert_true((const uint8_t *)data > c.file.bytes && (const uint8_t *)data < c.file.bytes + c.file.size);
  assert_int_equal(c.calls, 0);
  void *writable;
  assert_fails(wp_tensor_mutable_data(&writable, wp_state_dict_find(sd, "t1")), WP_ERROR_UNSUPPORTED);
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
  free(c.file.bytes);
}

static void a_source_that_fails_at_any_call(void **state) {
  (void)state;
  const char *files[] = {DATA("checkpoint.tar"), DATA("state_dict_legacy.pth"), DATA("torch_tar.tar"),
                         DATA("model.safetensors"), DATA("scripted.pt")};
  for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
    counting c = {read_file(files[f]), 0, 0, 0, 0};
    int calls = 1;
    for (c.fail_at = 1; c.fail_at <= calls; c.fail_at++) {
      c.calls = c.closed = 0;
      wp_source source = counting_source(&c, false);
      wp_checkpoint *ckpt;
      wp_error *error = wp_checkpoint_open_source(&ckpt, &source, NULL);
      if (!error) {
        wp_checkpoint_release(ckpt);
        break;
      }
      assert_null(ckpt);
      assert_int_equal(wp_error_code(error), WP_ERROR_CALLBACK);
      assert_string_equal(wp_error_file(error), "counted");
      assert_int_equal(wp_error_status(error), 7);
      wp_error_release(error);
      assert_int_equal(c.closed, 1);
      calls = c.calls + 1;
    }
    assert_true(c.fail_at > 1);
    assert_int_equal(c.closed, 1);
    free(c.file.bytes);
  }
}

/* The source is named, and not the file that its bytes were to go to. */
static void a_source_that_fails_later_is_named(void **state) {
  (void)state;
  const char *files[] = {DATA("checkpoint.tar"), DATA("state_dict_legacy.pth"), DATA("model.safetensors")};
  for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
    counting c = {read_file(files[f]), 0, 0, 0, 0};
    wp_source source = counting_source(&c, false);
    wp_checkpoint *ckpt, *other;
    wp_state_dict *sd;
    const void *data;
    assert_ok(wp_checkpoint_open_source(&ckpt, &source, NULL));
    assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
    assert_ok(wp_checkpoint_create(&other));
    assert_ok(wp_checkpoint_set_state_dict(other, NULL, sd));
    for (int save = 0; save < 2; save++) {
      c.fail_at = c.calls + 1;
      wp_error *error = save ? wp_checkpoint_save(other, "/tmp/weightport_never.pt", NULL)
                             : wp_tensor_data(&data, wp_state_dict_tensor_at(sd, 0));
      assert_int_equal(wp_error_code(error), WP_ERROR_CALLBACK);
      assert_string_equal(wp_error_file(error), "counted");
      assert_int_equal(wp_error_status(error), 7);
      assert_ptr_equal(strstr(wp_error_message(error), "counted: read_at returned 7"), wp_error_message(error));
      wp_error_release(error);
    }
    wp_checkpoint_release(other);
    wp_state_dict_release(sd);
    wp_checkpoint_release(ckpt);
    free(c.file.bytes);
  }
}

static int32_t count_progress(uint64_t done, uint64_t total, void *user) {
  uint64_t *last = user;
  assert_true(done >= *last && done <= total);
  *last = done;
  return 0;
}

static int32_t refuse_progress(uint64_t done, uint64_t total, void *user) {
  (void)done;
  (void)total;
  (void)user;
  return 1;
}

static void owned_memory_may_be_written(void **state) {
  (void)state;
  file_bytes file = large_safetensors(3, 12 << 20);
  uint64_t done = 0;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.memory = WP_MEMORY_READ;
  options.threads = 4;
  options.progress = count_progress;
  options.progress_user = &done;
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, NULL, &options));
  assert_int_equal(done, 3 * (12 << 20));
  memset(file.bytes, 0xff, file.size);
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  for (size_t i = 0; i < 3; i++) {
    void *data;
    assert_ok(wp_tensor_mutable_data(&data, wp_state_dict_tensor_at(sd, i)));
    assert_int_equal(((uint8_t *)data)[0], i + 1);
    ((uint8_t *)data)[0] = 9;
  }
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);

  options.progress = refuse_progress;
  assert_fails(wp_checkpoint_open_memory(&ckpt, file.bytes, 0, NULL, &options), WP_ERROR_UNSUPPORTED);
  free(file.bytes);
}

static void cancel_and_progress_stop_a_load(void **state) {
  (void)state;
  file_bytes file = large_safetensors(2, 4 << 20);
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.memory = WP_MEMORY_READ;
  options.progress = refuse_progress;
  wp_checkpoint *ckpt;
  assert_fails(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, NULL, &options), WP_ERROR_CALLBACK);
  assert_null(ckpt);

  options.progress = NULL;
  assert_ok(wp_cancel_create(&options.cancel));
  wp_cancel_request(options.cancel);
  assert_fails(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, NULL, &options), WP_ERROR_CANCELLED);
  wp_cancel_release(options.cancel);
  free(file.bytes);
}

static void checksums_are_verified_on_request(void **state) {
  (void)state;
  if (!little_endian()) {
    print_message("skipped: on a big-endian machine weights do not lie in the mapping\n");
    skip();
  }
  file_bytes file = read_file(DATA("checkpoint.tar"));
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.verify_checksums = true;
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, "whole", &options));

  /* One bit of one weight. */
  wp_state_dict *sd;
  const void *data;
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  assert_ok(wp_tensor_data(&data, wp_state_dict_tensor_at(sd, 0)));
  file.bytes[(const uint8_t *)data - file.bytes] ^= 1;
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);

  wp_error *error = wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, "changed", &options);
  assert_int_equal(wp_error_code(error), WP_ERROR_CORRUPT);
  assert_non_null(strstr(wp_error_message(error), "CRC-32"));
  wp_error_release(error);
  options.verify_checksums = false;
  assert_ok(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, "changed", &options));
  wp_checkpoint_release(ckpt);
  free(file.bytes);
}

static void limits_are_kept(void **state) {
  (void)state;
  wp_limits limits = WP_LIMITS_INIT;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.limits = &limits;
  wp_checkpoint *ckpt;
  limits.max_tensors = 3;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_tensors = 0;
  limits.max_depth = 2;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_depth = 0;
  limits.max_bytes = 1000;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_bytes = 0;
  limits.max_steps = 100;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_steps = 0;
  limits.max_string = 8;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_string = 0;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options));
  wp_checkpoint_release(ckpt);

  /* A caller compiled against a header whose struct was shorter: members past its end are not looked at. */
  limits.struct_size = offsetof(wp_limits, max_steps);
  limits.max_steps = 1;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options));
  wp_checkpoint_release(ckpt);
}

static void files_that_cannot_be_opened(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("no such file.pt"), NULL), WP_ERROR_NOT_FOUND);
  assert_fails(wp_checkpoint_open(&ckpt, WEIGHTPORT_TEST_DATA, NULL), WP_ERROR_IO);
  assert_fails(wp_checkpoint_open(&ckpt, "/dev/null", NULL), WP_ERROR_IO);
  assert_fails(wp_checkpoint_open(&ckpt, DATA("bad_text.pt"), NULL), WP_ERROR_UNSUPPORTED);
  assert_fails(wp_checkpoint_open(&ckpt, DATA("bad_empty.pt"), NULL), WP_ERROR_UNSUPPORTED);
  assert_fails(wp_checkpoint_open(&ckpt, DATA("bad_no_pickle.pt"), NULL), WP_ERROR_UNSUPPORTED);
  wp_error *script = wp_checkpoint_open(&ckpt, DATA("bad_script_model.pt"), NULL);
  assert_non_null(strstr(wp_error_message(script), "before 1.4"));
  assert_fails(script, WP_ERROR_UNSUPPORTED);
  assert_fails(wp_checkpoint_open(&ckpt, DATA("bad_outside.pt"), NULL), WP_ERROR_CORRUPT);
}

static void wrong_arguments(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  assert_fails(wp_checkpoint_open(NULL, "x", NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_open(&ckpt, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_open_memory(&ckpt, NULL, 5, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_open_source(&ckpt, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  options.memory = 5;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("list.pt"), &options), WP_ERROR_INVALID_ARGUMENT);

  counting c = {{(uint8_t *)"", 0}, 0, 0, 0, 0};
  wp_source source = counting_source(&c, false);
  assert_fails(wp_checkpoint_open_source(NULL, &source, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(c.closed, 1);
  source.struct_size = 0;
  assert_fails(wp_checkpoint_open_source(&ckpt, &source, NULL), WP_ERROR_INVALID_ARGUMENT);

  assert_null(wp_checkpoint_root(NULL));
  assert_null(wp_checkpoint_metadata(NULL));
  assert_null(wp_checkpoint_retain(NULL));
  wp_checkpoint_release(NULL);
  assert_int_equal(wp_checkpoint_format(NULL), WP_FORMAT_UNKNOWN);
  assert_string_equal(wp_format_name(99), "unknown");
  wp_state_dict *sd;
  assert_fails(wp_checkpoint_state_dict(&sd, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
}

static void format_names(void **state) {
  (void)state;
  assert_string_equal(wp_format_name(WP_FORMAT_TORCH_ZIP), "torch_zip");
  assert_string_equal(wp_format_name(WP_FORMAT_TORCH_LEGACY), "torch_legacy");
  assert_string_equal(wp_format_name(WP_FORMAT_TORCH_TAR), "torch_tar");
  assert_string_equal(wp_format_name(WP_FORMAT_TORCHSCRIPT), "torchscript");
  assert_string_equal(wp_format_name(WP_FORMAT_SAFETENSORS), "safetensors");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_a_general_checkpoint),
      cmocka_unit_test(several_state_dicts_are_listed),
      cmocka_unit_test(globals_are_marked),
      cmocka_unit_test(safetensors_metadata),
      cmocka_unit_test(opening_reads_no_tensor_byte),
      cmocka_unit_test(opening_a_torch_zip_reads_no_tensor_byte),
      cmocka_unit_test(opening_a_legacy_file_reads_one_window),
      cmocka_unit_test(a_source_with_a_map_is_not_read),
      cmocka_unit_test(a_source_that_fails_at_any_call),
      cmocka_unit_test(a_source_that_fails_later_is_named),
      cmocka_unit_test(owned_memory_may_be_written),
      cmocka_unit_test(cancel_and_progress_stop_a_load),
      cmocka_unit_test(checksums_are_verified_on_request),
      cmocka_unit_test(limits_are_kept),
      cmocka_unit_test(files_that_cannot_be_opened),
      cmocka_unit_test(wrong_arguments),
      cmocka_unit_test(format_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
