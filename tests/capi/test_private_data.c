/* SPDX-License-Identifier: MIT */
/* wp_tensor_private_data(): tensors of a mapped file are written, and the file is not. */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <weightport/weightport.h>

#include "byte_order.h"
#include "expect_tensor.h"

enum { kNumbers = 6 };

/* "whole" and "tail" share a storage; "other" has its own. */
static wp_checkpoint *make_checkpoint(void) {
  const int64_t three[1] = {3}, one[1] = {1};
  wp_checkpoint *made;
  wp_state_dict *sd;
  wp_tensor *whole = make_numbers(), *other = make_numbers(), *tail;
  assert_ok(wp_tensor_view(&tail, whole, 3, three, one, 1));
  assert_ok(wp_state_dict_create(&sd));
  assert_ok(wp_state_dict_set(sd, "whole", whole));
  assert_ok(wp_state_dict_set(sd, "tail", tail));
  assert_ok(wp_state_dict_set(sd, "other", other));
  assert_ok(wp_checkpoint_create(&made));
  assert_ok(wp_checkpoint_set_state_dict(made, NULL, sd));
  wp_state_dict_release(sd);
  wp_tensor_release(tail);
  wp_tensor_release(other);
  wp_tensor_release(whole);
  return made;
}

static char path[64];

static int make_file(void **state) {
  (void)state;
  strcpy(path, "/tmp/weightport_private_XXXXXX");
  int descriptor = mkstemp(path);
  return descriptor < 0 || close(descriptor);
}

static int remove_file(void **state) {
  (void)state;
  return unlink(path);
}

static wp_state_dict *open_mapped(wp_checkpoint **checkpoint) {
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open(checkpoint, path, NULL));
  assert_ok(wp_checkpoint_state_dict(&sd, *checkpoint, NULL));
  return sd;
}

static void assert_numbers(const wp_state_dict *sd, const char *name, const float *expected, size_t count) {
  float found[kNumbers];
  assert_ok(wp_tensor_read(wp_state_dict_find(sd, name), found, count * sizeof(float), WP_DTYPE_FLOAT32));
  assert_memory_equal(found, expected, count * sizeof(float));
}

static const float written[kNumbers] = {0, 1, 2, 30, 4, 5};

static void written_to_a_mapped_file(wp_format format) {
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = format;
  wp_checkpoint *ckpt = make_checkpoint(), *again;
  assert_ok(wp_checkpoint_save(ckpt, path, &options));
  wp_checkpoint_release(ckpt);

  wp_state_dict *sd = open_mapped(&ckpt), *seen;
  void *bytes;
  assert_ok(wp_tensor_private_data(&bytes, wp_state_dict_find(sd, "tail")));
  ((float *)bytes)[0] = 30;
  assert_numbers(sd, "tail", written + 3, 3);
  assert_numbers(sd, "whole", written, kNumbers);
  assert_numbers(sd, "other", numbers, kNumbers);

  /* The file is as it was, for who opens it and for who checks it. */
  seen = open_mapped(&again);
  assert_numbers(seen, "whole", numbers, kNumbers);
  wp_state_dict_release(seen);
  wp_checkpoint_release(again);
  wp_report *report;
  assert_ok(wp_checkpoint_verify(&report, ckpt, NULL));
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);

  /* Saved over that very file, it is what was written. */
  assert_ok(wp_checkpoint_save(ckpt, path, &options));
  seen = open_mapped(&again);
  assert_numbers(seen, "whole", written, kNumbers);
  assert_numbers(seen, "tail", written + 3, 3);
  assert_ok(wp_checkpoint_verify(&report, again, NULL));
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);
  wp_state_dict_release(seen);
  wp_checkpoint_release(again);
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
}

static void a_torch_zip_is_written(void **state) {
  (void)state;
  written_to_a_mapped_file(WP_FORMAT_TORCH_ZIP);
}

static void a_legacy_file_is_written(void **state) {
  (void)state;
  written_to_a_mapped_file(WP_FORMAT_TORCH_LEGACY);
}

static void a_safetensors_file_is_written(void **state) {
  (void)state;
  wp_tensor *other = make_numbers();
  wp_state_dict *sd;
  wp_checkpoint *ckpt;
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = WP_FORMAT_SAFETENSORS;
  assert_ok(wp_state_dict_create(&sd));
  assert_ok(wp_state_dict_set(sd, "other", other));
  assert_ok(wp_checkpoint_create(&ckpt));
  assert_ok(wp_checkpoint_set_state_dict(ckpt, NULL, sd));
  assert_ok(wp_checkpoint_save(ckpt, path, &options));
  wp_checkpoint_release(ckpt);
  wp_state_dict_release(sd);
  wp_tensor_release(other);

  void *bytes;
  sd = open_mapped(&ckpt);
  assert_ok(wp_tensor_private_data(&bytes, wp_state_dict_find(sd, "other")));
  ((float *)bytes)[3] = 30;
  assert_ok(wp_checkpoint_save(ckpt, path, &options));
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
  sd = open_mapped(&ckpt);
  assert_numbers(sd, "other", written, kNumbers);
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
}

/* Not the first tensor, so that the mapping is untouched before. */
static void *write_tensors(void *user) {
  wp_state_dict *sd = user;
  for (size_t i = 1; i < wp_state_dict_size(sd); i++) {
    void *bytes;
    wp_error *error = wp_tensor_private_data(&bytes, wp_state_dict_tensor_at(sd, i));
    if (error) return error;
  }
  return NULL;
}

/* Many pages are read from the file itself while the mapping is as it was, and from memory once it may not be. */
static void many_pages_are_read_as_they_are(void **state) {
  (void)state;
  enum { kMany = 50000 };
  const int64_t shape[1] = {kMany}, tail[1] = {kMany - 1}, one[1] = {1};
  static float in[kMany], out[kMany];
  for (int i = 0; i < kMany; i++) in[i] = (float)i;
  wp_tensor *tensor, *view;
  wp_state_dict *sd;
  wp_checkpoint *ckpt;
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, shape, 1, in, sizeof in));
  assert_ok(wp_state_dict_create(&sd));
  assert_ok(wp_state_dict_set(sd, "many", tensor));
  assert_ok(wp_checkpoint_create(&ckpt));
  assert_ok(wp_checkpoint_set_state_dict(ckpt, NULL, sd));
  assert_ok(wp_checkpoint_save(ckpt, path, NULL));
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
  wp_tensor_release(tensor);

  sd = open_mapped(&ckpt);
  assert_ok(wp_tensor_view(&view, wp_state_dict_find(sd, "many"), 1, tail, one, 1));
  assert_ok(wp_tensor_read(view, out, sizeof out - sizeof *out, WP_DTYPE_FLOAT32));
  assert_memory_equal(out, in + 1, sizeof out - sizeof *out);
  void *bytes;
  assert_ok(wp_tensor_private_data(&bytes, view));
  ((float *)bytes)[7] = -1;
  assert_ok(wp_tensor_read(view, out, sizeof out - sizeof *out, WP_DTYPE_FLOAT32));
  assert_float_equal(out[7], -1, 0);
  assert_memory_equal(out + 8, in + 9, sizeof out - 9 * sizeof *out);
  wp_tensor_release(view);
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);

  /* What is no longer there is an error, and not the end of the process. */
  sd = open_mapped(&ckpt);
  assert_int_equal(truncate(path, 4096), 0);
  assert_fails(wp_tensor_read(wp_state_dict_find(sd, "many"), out, sizeof out, WP_DTYPE_FLOAT32), WP_ERROR_IO);
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
}

static void threads_may_ask_at_once(void **state) {
  (void)state;
  wp_checkpoint *ckpt = make_checkpoint();
  assert_ok(wp_checkpoint_save(ckpt, path, NULL));
  wp_checkpoint_release(ckpt);
  wp_state_dict *sd = open_mapped(&ckpt);
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, write_tensors, sd), 0);
  for (size_t i = 0; i < 4; i++) {
    void *error;
    assert_int_equal(pthread_join(threads[i], &error), 0);
    assert_ok(error);
  }
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
}

static void other_memory(void **state) {
  (void)state;
  float memory[kNumbers] = {0};
  void *bytes, *same;
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  desc.shape = two_by_three;
  desc.ndim = 2;
  desc.data = memory;
  desc.nbytes = sizeof memory;
  wp_tensor *tensor;
  assert_ok(wp_tensor_wrap(&tensor, &desc));
  assert_ok(wp_tensor_private_data(&bytes, tensor));
  assert_ptr_equal(bytes, memory);
  wp_tensor_release(tensor);

  desc.read_only = true;
  assert_ok(wp_tensor_wrap(&tensor, &desc));
  bytes = memory;
  assert_fails(wp_tensor_private_data(&bytes, tensor), WP_ERROR_UNSUPPORTED);
  assert_null(bytes);
  assert_fails(wp_tensor_private_data(&bytes, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_tensor_private_data(NULL, tensor), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(tensor);

  /* Memory of the tensor's own is what wp_tensor_mutable_data() gives. */
  tensor = make_numbers();
  assert_ok(wp_tensor_private_data(&bytes, tensor));
  assert_ok(wp_tensor_mutable_data(&same, tensor));
  assert_ptr_equal(bytes, same);
  wp_tensor_release(tensor);

  wp_checkpoint *ckpt = make_checkpoint(), *opened;
  wp_state_dict *sd;
  const void *data;
  assert_ok(wp_checkpoint_save_memory(&tensor, ckpt, NULL));
  assert_ok(wp_tensor_data(&data, tensor));
  assert_ok(wp_checkpoint_open_memory(&opened, data, (size_t)wp_tensor_nbytes(tensor), NULL, NULL));
  assert_ok(wp_checkpoint_state_dict(&sd, opened, NULL));
  wp_error *error = wp_tensor_private_data(&bytes, wp_state_dict_find(sd, "whole"));
  assert_int_equal(wp_error_code(error), little_endian() ? WP_ERROR_UNSUPPORTED : WP_OK);
  wp_error_release(error);
  wp_state_dict_release(sd);
  wp_checkpoint_release(opened);
  wp_tensor_release(tensor);
  wp_checkpoint_release(ckpt);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_torch_zip_is_written, make_file, remove_file),
      cmocka_unit_test_setup_teardown(a_legacy_file_is_written, make_file, remove_file),
      cmocka_unit_test_setup_teardown(a_safetensors_file_is_written, make_file, remove_file),
      cmocka_unit_test_setup_teardown(many_pages_are_read_as_they_are, make_file, remove_file),
      cmocka_unit_test_setup_teardown(threads_may_ask_at_once, make_file, remove_file),
      cmocka_unit_test(other_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
