/* SPDX-License-Identifier: MIT */
/* A file of more bytes than 32 bits count, most of them a hole that takes no room: what lies behind it is read, and what does
 * not fit into memory is refused, not cut. */
#define _POSIX_C_SOURCE 200809L /* mkstemp, pwrite */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <weightport/weightport.h>

#include "byte_order.h"
#include "expect_tensor.h"

/* 2^32 + 8 bytes, and float32 1.5 and -2. */
#define HOLE UINT64_C(4294967304)
static const char header[] = "{\"hole\":{\"dtype\":\"U8\",\"shape\":[4294967304],\"data_offsets\":[0,4294967304]},"
                             "\"after\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4294967304,4294967312]}}   ";
static const unsigned char last[8] = {0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0};

static char path[64];
static wp_state_dict *sd;

static bool write_file(int descriptor) {
  const size_t size = sizeof header - 1;
  const unsigned char first[8] = {(unsigned char)size};
  return pwrite(descriptor, first, sizeof first, 0) == sizeof first &&
         pwrite(descriptor, header, size, sizeof first) == (ssize_t)size &&
         pwrite(descriptor, last, sizeof last, (off_t)(sizeof first + size + HOLE)) == sizeof last;
}

static int open_file(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  strcpy(path, "/tmp/weightport_large_XXXXXX");
  int descriptor = mkstemp(path);
  if (descriptor < 0) return 1;
  bool written = write_file(descriptor);
  int error = errno;
  close(descriptor);
  if (!written) {
    unlink(path);
    print_message("skipped: a file of 4 GiB cannot be here: %s\n", strerror(error));
    exit(77);
  }
  assert_ok(wp_checkpoint_open(&ckpt, path, NULL));
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  wp_checkpoint_release(ckpt);
  return 0;
}

static int remove_file(void **state) {
  (void)state;
  wp_state_dict_release(sd);
  return unlink(path);
}

static void what_lies_behind_the_hole_is_read(void **state) {
  (void)state;
  float found[2];
  assert_ok(wp_tensor_read(wp_state_dict_find(sd, "after"), found, sizeof found, WP_DTYPE_FLOAT32));
  assert_true(found[0] == 1.5f && found[1] == -2.0f);
}

static void what_is_too_large_for_memory_is_refused(void **state) {
  (void)state;
  const wp_tensor *hole = wp_state_dict_find(sd, "hole");
  const void *data;
  assert_true(wp_tensor_nbytes(hole) == HOLE);
#if SIZE_MAX > UINT32_MAX
  const void *after;
  assert_ok(wp_tensor_data(&data, hole));
  assert_int_equal(((const unsigned char *)data)[HOLE - 1], 0);
  assert_ok(wp_tensor_data(&after, wp_state_dict_find(sd, "after")));
  if (little_endian()) assert_ptr_equal(after, (const unsigned char *)data + HOLE);
#else
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  wp_checkpoint *ckpt;
  unsigned char cut[8];
  options.memory = WP_MEMORY_READ;
  assert_fails(wp_tensor_data(&data, hole), WP_ERROR_OUT_OF_MEMORY);
  assert_fails(wp_tensor_read(hole, cut, sizeof cut, WP_DTYPE_UINT8), WP_ERROR_MISMATCH);
  assert_fails(wp_checkpoint_open(&ckpt, path, &options), WP_ERROR_OUT_OF_MEMORY);
#endif
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_lies_behind_the_hole_is_read),
      cmocka_unit_test(what_is_too_large_for_memory_is_refused),
  };
  return cmocka_run_group_tests(tests, open_file, remove_file);
}
