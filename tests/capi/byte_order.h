/* SPDX-License-Identifier: MIT */
/* On a big-endian machine the numbers of a little-endian file are turned round in memory, and do not lie in its mapping. */
#ifndef WEIGHTPORT_TESTS_BYTE_ORDER_H
#define WEIGHTPORT_TESTS_BYTE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

static inline bool little_endian(void) {
  const uint16_t one = 1;
  return *(const uint8_t *)&one == 1;
}

#endif
