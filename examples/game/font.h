/* SPDX-License-Identifier: MIT */
/* Letters of three by five pixels. */
#ifndef GAME_FONT_H
#define GAME_FONT_H

#include <stdbool.h>

enum { GLYPH_WIDTH = 3, GLYPH_HEIGHT = 5 };

/* Small letters look like capital ones; what has no glyph is blank. */
bool font_pixel(char c, int column, int row);

#endif
