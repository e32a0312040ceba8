/* SPDX-License-Identifier: MIT */
/* What the player sees. */
#ifndef GAME_DRAW_H
#define GAME_DRAW_H

#include <SDL_render.h>

#include "game.h"

enum { SCREEN_WIDTH = FIELD_WIDTH / UNIT, SCREEN_HEIGHT = FIELD_HEIGHT / UNIT };

/* Draws a frame, which the caller presents. */
void draw_game(SDL_Renderer *renderer, const game *g);

#endif
