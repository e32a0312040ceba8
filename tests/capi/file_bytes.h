/* SPDX-License-Identifier: MIT */
/* What the tests of opening share: how success and failure are expected, and files in memory. */
#ifndef WEIGHTPORT_TESTS_FILE_BYTES_H
#define WEIGHTPORT_TESTS_FILE_BYTES_H

/* cmocka.h needs what is included before it. */
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

#define DATA(name) WEIGHTPORT_TEST_DATA "/" name

typedef struct file_bytes {
  uint8_t *bytes;
  size_t size;
} file_bytes;

static inline file_bytes read_file(const char *path) {
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

static inline void assert_ok(wp_error *error) {
  if (error) print_error("%s\n", wp_error_message(error));
  assert_null(error);
}

static inline void assert_fails(wp_error *error, wp_code code) {
  assert_int_equal(wp_error_code(error), code);
  wp_error_release(error);
}

/* A dict of `count` tensors of `nbytes` bytes, as safetensors: large data behind a small header. */
static inline file_bytes large_safetensors(int count, size_t nbytes) {
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

#endif
