/* SPDX-License-Identifier: MIT */
/* Opening from a source of the caller's: what is read of it and when, and what becomes of its failures. */
#include "file_bytes.h"

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

  /* What is copied elsewhere is not kept: it is read again. */
  static uint8_t copy[1 << 20];
  for (int i = 2; i < 4; i++) {
    assert_ok(wp_tensor_read(wp_state_dict_find(sd, "t1"), copy, sizeof copy, WP_DTYPE_UINT8));
    assert_int_equal(copy[0], 2);
    assert_int_equal(c.bytes_read - before, i << 20);
  }

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

static void wrong_arguments(void **state) {
  (void)state;
  counting c = {{(uint8_t *)"", 0}, 0, 0, 0, 0};
  wp_source source = counting_source(&c, false);
  wp_checkpoint *ckpt;
  assert_fails(wp_checkpoint_open_source(NULL, &source, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(c.closed, 1);
  source.struct_size = 0;
  assert_fails(wp_checkpoint_open_source(&ckpt, &source, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_open_source(&ckpt, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opening_reads_no_tensor_byte),
      cmocka_unit_test(opening_a_torch_zip_reads_no_tensor_byte),
      cmocka_unit_test(opening_a_legacy_file_reads_one_window),
      cmocka_unit_test(a_source_with_a_map_is_not_read),
      cmocka_unit_test(a_source_that_fails_at_any_call),
      cmocka_unit_test(a_source_that_fails_later_is_named),
      cmocka_unit_test(wrong_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
