/* SPDX-License-Identifier: MIT */
/* The rules: two paddles, a ball, whole numbers. Nothing here knows of windows or networks; rules.py is the same in Python. */
#ifndef GAME_RULES_H
#define GAME_RULES_H

#include <stdint.h>

/* Lengths are in sixteenths of a pixel. */
enum {
  UNIT = 16,
  FIELD_WIDTH = 320 * UNIT,
  FIELD_HEIGHT = 180 * UNIT,
  BALL_SIZE = 6 * UNIT,
  PADDLE_WIDTH = 5 * UNIT,
  PADDLE_HEIGHT = 32 * UNIT,
  PADDLE_MARGIN = 10 * UNIT, /* from the field's edge to the paddle's back */
};

enum { LEFT = 0, RIGHT = 1 };

typedef enum move { MOVE_UP, MOVE_STAY, MOVE_DOWN, MOVES } move;

enum { OBSERVATION = 6 };

/* Positions are those of centres. */
typedef struct rules {
  int32_t ball_x, ball_y, ball_vx, ball_vy;
  int32_t paddle_y[2];
  int32_t score[2];
  uint32_t random;
} rules;

void rules_start(rules *state, uint32_t seed);

/* A paddle by itself: practice while there is no opponent yet. */
void rules_move_paddle(rules *state, int side, move m);

/* One frame: both paddles, then the ball. */
void rules_step(rules *state, move left, move right);

/* What a player sees, as if playing on the right: the ball's x, y and speeds, the own paddle, the other one. Each is a whole
 * number over a power of two, so a float holds it exactly. */
void rules_observe(float observation[OBSERVATION], const rules *state, int side);

/* A player without a network, who runs after the ball to hit it with the paddle's edge. */
move rules_chase(const rules *state, int side);

#endif
