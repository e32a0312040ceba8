/* SPDX-License-Identifier: MIT */
#include "font.h"

#include <stdint.h>

/* A row is an octal digit: 4 is its left pixel, 1 its right one. */
static const uint16_t digits[] = {075557, 026227, 071747, 071717, 055711, 074717, 074757, 071111, 075757, 075717};
static const uint16_t letters[] = {025755, 065656, 034443, 065556, 074647, 074644, 034553, 055755, 072227,
                                   011152, 055655, 044447, 057755, 065555, 025552, 065644, 025563, 065655,
                                   034216, 072222, 055557, 055552, 055775, 055255, 055222, 071247};

static uint16_t glyph(char c) {
  if (c >= '0' && c <= '9') return digits[c - '0'];
  if (c >= 'A' && c <= 'Z') return letters[c - 'A'];
  if (c >= 'a' && c <= 'z') return letters[c - 'a'];
  return c == '.' ? 000002 : c == ':' ? 002020 : c == '/' ? 011244 : c == '-' ? 000700 : 0;
}

bool font_pixel(char c, int column, int row) { return glyph(c) >> (GLYPH_WIDTH * (GLYPH_HEIGHT - 1 - row) + 2 - column) & 1; }
