/* SPDX-License-Identifier: MIT */
/* A struct with a size as a program hands it over that knows only its first members, one more each time, and then some that
 * this library does not know. */
#pragma once

#include "../capi/expect_tensor.h"

typedef struct {
  const void *defaults;
  size_t whole, first, step; /* the sizes to try: from the least that is taken, in steps that split no needed member */
  void (*use)(const void *given);
} versioned;

static void every_size(const versioned *kind) {
  union {
    uint64_t aligned;
    unsigned char bytes[256];
  } memory;
  assert_true(kind->whole + 64 <= sizeof memory);
  for (size_t size = kind->first; size <= kind->whole + 64; size += kind->step) {
    uint32_t struct_size = (uint32_t)size;
    memset(&memory, 0xee, sizeof memory);
    memcpy(&memory, kind->defaults, size < kind->whole ? size : kind->whole);
    memcpy(&memory, &struct_size, sizeof struct_size);
    kind->use(&memory);
  }
}
