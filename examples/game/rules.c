/* SPDX-License-Identifier: MIT */
#include "rules.h"

#include <stdlib.h>

enum {
  PADDLE_SPEED = 36,
  SERVE_SPEED = 44,
  FASTER = 4, /* what the ball gains each time a paddle hits it */
  TOP_SPEED = 92,
  AIM = PADDLE_HEIGHT / 3, /* from the paddle's middle to where a clever player hits the ball */
  /* How far the ball's centre is from the edge when it touches the front of a paddle. */
  REACH = PADDLE_MARGIN + PADDLE_WIDTH + BALL_SIZE / 2,
};

static uint32_t draw(rules *state, uint32_t bound) {
  state->random = state->random * 1664525u + 1013904223u;
  return (state->random >> 16) % bound;
}

static void serve(rules *state, int to) {
  state->ball_x = FIELD_WIDTH / 2;
  state->ball_y = FIELD_HEIGHT / 4 + (int32_t)draw(state, FIELD_HEIGHT / 2);
  state->ball_vx = to == RIGHT ? SERVE_SPEED : -SERVE_SPEED;
  state->ball_vy = (int32_t)draw(state, 2 * SERVE_SPEED + 1) - SERVE_SPEED;
}

void rules_start(rules *state, uint32_t seed) {
  *state = (rules){.paddle_y = {FIELD_HEIGHT / 2, FIELD_HEIGHT / 2}, .random = seed};
  serve(state, RIGHT);
}

void rules_move_paddle(rules *state, int side, move m) {
  int32_t y = state->paddle_y[side] + ((int32_t)m - MOVE_STAY) * PADDLE_SPEED;
  if (y < PADDLE_HEIGHT / 2) y = PADDLE_HEIGHT / 2;
  if (y > FIELD_HEIGHT - PADDLE_HEIGHT / 2) y = FIELD_HEIGHT - PADDLE_HEIGHT / 2;
  state->paddle_y[side] = y;
}

/* The farther from the paddle's middle the ball is hit, the steeper it leaves. */
static void hit(rules *state, int side, int32_t front) {
  int32_t speed = abs(state->ball_vx) + FASTER;
  if (speed > TOP_SPEED) speed = TOP_SPEED;
  state->ball_x = 2 * front - state->ball_x;
  state->ball_vx = side == LEFT ? speed : -speed;
  state->ball_vy = (state->ball_y - state->paddle_y[side]) / 4;
}

static void move_ball(rules *state) {
  int side = state->ball_vx < 0 ? LEFT : RIGHT;
  int32_t front = side == LEFT ? REACH : FIELD_WIDTH - REACH, before = state->ball_x;
  state->ball_x += state->ball_vx;
  state->ball_y += state->ball_vy;
  int32_t highest = BALL_SIZE / 2, lowest = FIELD_HEIGHT - BALL_SIZE / 2;
  if (state->ball_y < highest || state->ball_y > lowest) {
    state->ball_y = 2 * (state->ball_y < highest ? highest : lowest) - state->ball_y;
    state->ball_vy = -state->ball_vy;
  }
  int reached = side == LEFT ? before > front && state->ball_x <= front : before < front && state->ball_x >= front;
  if (reached && abs(state->ball_y - state->paddle_y[side]) <= (PADDLE_HEIGHT + BALL_SIZE) / 2) hit(state, side, front);
}

void rules_step(rules *state, move left, move right) {
  rules_move_paddle(state, LEFT, left);
  rules_move_paddle(state, RIGHT, right);
  move_ball(state);
  if (state->ball_x >= 0 && state->ball_x <= FIELD_WIDTH) return;
  int winner = state->ball_x < 0 ? RIGHT : LEFT;
  state->score[winner]++;
  serve(state, winner);
}

void rules_observe(float observation[OBSERVATION], const rules *state, int side) {
  int mirrored = side == LEFT;
  observation[0] = (float)(mirrored ? FIELD_WIDTH - state->ball_x : state->ball_x) / 4096;
  observation[1] = (float)state->ball_y / 4096;
  observation[2] = (float)(mirrored ? -state->ball_vx : state->ball_vx) / 64;
  observation[3] = (float)state->ball_vy / 64;
  observation[4] = (float)state->paddle_y[side] / 4096;
  observation[5] = (float)state->paddle_y[!side] / 4096;
}

move rules_chase(const rules *state, int side) {
  int32_t aim = state->ball_vy < 0 ? AIM : -AIM;
  int32_t distance = state->ball_y + aim - state->paddle_y[side];
  if (abs(distance) <= PADDLE_SPEED) return MOVE_STAY;
  return distance < 0 ? MOVE_UP : MOVE_DOWN;
}
