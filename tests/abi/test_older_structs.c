/* SPDX-License-Identifier: MIT */
/* A program compiled when the structs had fewer members, and one compiled when they have more: both keep running. */
#include <stdio.h>
#include <stdlib.h>
#include <weightport/weightport.h>

#include "../capi/expect_tensor.h"
#include "every_size.h"

#define FILE_NAME WEIGHTPORT_TEST_DATA "/checkpoint.tar"

/* The first members of a struct, as an old header has them; behind them is memory that is none of the library's business. */
#define OLDER(type, last_member)                                             \
  union {                                                                    \
    type now;                                                                \
    unsigned char bytes[sizeof(type)];                                       \
  } old;                                                                     \
  memset(&old, 0xee, sizeof old);                                            \
  memset(&old, 0, offsetof(type, last_member) + sizeof old.now.last_member); \
  old.now.struct_size = (uint32_t)(offsetof(type, last_member) + sizeof old.now.last_member)

static void older_open_options(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  OLDER(wp_open_options, memory);
  old.now.memory = WP_MEMORY_READ;
  assert_ok(wp_checkpoint_open(&ckpt, FILE_NAME, &old.now));
  wp_state_dict *sd;
  void *data;
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  assert_ok(wp_tensor_mutable_data(&data, wp_state_dict_tensor_at(sd, 0))); /* the member that it has was followed */
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
}

static void older_limits(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  OLDER(wp_limits, max_tensors);
  options.limits = &old.now;
  assert_ok(wp_checkpoint_open(&ckpt, FILE_NAME, &options));
  wp_checkpoint_release(ckpt);
  old.now.max_tensors = 1;
  assert_fails(wp_checkpoint_open(&ckpt, FILE_NAME, &options), WP_ERROR_LIMIT);
}

static void older_save_and_diff_options(void **state) {
  (void)state;
  wp_checkpoint *ckpt, *again;
  wp_tensor *bytes;
  const void *data;
  assert_ok(wp_checkpoint_open(&ckpt, FILE_NAME, NULL));
  {
    OLDER(wp_save_options, format);
    old.now.format = WP_FORMAT_TORCH_LEGACY;
    assert_ok(wp_checkpoint_save_memory(&bytes, ckpt, &old.now));
  }
  assert_ok(wp_tensor_data(&data, bytes));
  assert_ok(wp_checkpoint_open_memory(&again, data, (size_t)wp_tensor_nbytes(bytes), NULL, NULL));
  assert_int_equal(wp_checkpoint_format(again), WP_FORMAT_TORCH_LEGACY);
  wp_report *report;
  OLDER(wp_diff_options, rtol);
  assert_ok(wp_checkpoint_diff(&report, ckpt, again, &old.now));
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);
  wp_checkpoint_release(again);
  wp_tensor_release(bytes);
  wp_checkpoint_release(ckpt);
}

static int32_t read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  return fseek(user, (long)offset, SEEK_SET) || fread(buffer, 1, size, user) != size;
}

static void older_source(void **state) {
  (void)state;
  FILE *file = fopen(FILE_NAME, "rb");
  assert_non_null(file);
  wp_checkpoint *ckpt;
  OLDER(wp_source, read_at); /* neither map nor close */
  old.now.user = file;
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  old.now.size = (uint64_t)ftell(file);
  old.now.read_at = read_at;
  assert_ok(wp_checkpoint_open_source(&ckpt, &old.now, NULL));
  wp_checkpoint_release(ckpt);
  fclose(file);
}

static int32_t write_bytes(const void *bytes, size_t size, void *user) {
  (void)bytes;
  *(size_t *)user += size;
  return 0;
}

static void older_sink(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  size_t written = 0;
  assert_ok(wp_checkpoint_open(&ckpt, FILE_NAME, NULL));
  OLDER(wp_sink, write); /* neither finish nor abort */
  old.now.user = &written;
  old.now.write = write_bytes;
  assert_ok(wp_checkpoint_save_sink(ckpt, &old.now, NULL));
  assert_true(written > 1000);
  wp_checkpoint_release(ckpt);
}

static void open_with(const void *options) {
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open(&ckpt, FILE_NAME, options));
  wp_checkpoint_release(ckpt);
}

static void limit(const void *limits) {
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.limits = limits;
  open_with(&options);
}

static wp_checkpoint *opened;

static void save_with(const void *options) {
  wp_tensor *bytes;
  assert_ok(wp_checkpoint_save_memory(&bytes, opened, options));
  wp_tensor_release(bytes);
}

static void diff_with(const void *options) {
  wp_report *report;
  assert_ok(wp_checkpoint_diff(&report, opened, opened, options));
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);
}

static void read_from(const void *source) {
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open_source(&ckpt, source, NULL));
  wp_checkpoint_release(ckpt);
}

static void write_to(const void *sink) { assert_ok(wp_checkpoint_save_sink(opened, sink, NULL)); }

static void wrap(const void *desc) {
  wp_tensor *tensor;
  assert_ok(wp_tensor_wrap(&tensor, desc));
  wp_tensor_release(tensor);
}

static void every_size_of_every_struct(void **state) {
  (void)state;
  const wp_open_options open_options = WP_OPEN_OPTIONS_INIT;
  const wp_limits limits = WP_LIMITS_INIT;
  const wp_save_options save_options = WP_SAVE_OPTIONS_INIT;
  const wp_diff_options diff_options = WP_DIFF_OPTIONS_INIT;
  wp_source source = WP_SOURCE_INIT;
  wp_sink sink = WP_SINK_INIT;
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  size_t written = 0, after_read_at = offsetof(wp_source, read_at) + sizeof source.read_at,
         after_write = offsetof(wp_sink, write) + sizeof sink.write;
  float number = 1;
  FILE *file = fopen(FILE_NAME, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  source.user = file;
  source.size = (uint64_t)ftell(file);
  source.read_at = read_at;
  sink.user = &written;
  sink.write = write_bytes;
  desc.data = &number;
  desc.nbytes = sizeof number;
  const versioned kinds[] = {
      {&open_options, sizeof open_options, sizeof(uint32_t), 4, open_with},
      {&limits, sizeof limits, sizeof(uint32_t), 4, limit},
      {&save_options, sizeof save_options, sizeof(uint32_t), 4, save_with},
      {&diff_options, sizeof diff_options, sizeof(uint32_t), 4, diff_with},
      {&source, sizeof source, after_read_at, sizeof(void *), read_from},
      {&sink, sizeof sink, after_write, sizeof(void *), write_to},
      {&desc, sizeof desc, sizeof desc, sizeof(void *), wrap}, /* all its members are of the first version */
  };
  assert_ok(wp_checkpoint_open(&opened, FILE_NAME, NULL));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) every_size(&kinds[i]);
  wp_checkpoint_release(opened);
  fclose(file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(older_open_options), cmocka_unit_test(older_limits), cmocka_unit_test(older_save_and_diff_options),
      cmocka_unit_test(older_source),       cmocka_unit_test(older_sink),   cmocka_unit_test(every_size_of_every_struct),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
