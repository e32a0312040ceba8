/* SPDX-License-Identifier: MIT */
/* One game: rules, the opponent and the loader, a frame at a time. No window: main.c gives it what the player does, draw.c
 * shows it. */
#ifndef GAME_GAME_H
#define GAME_GAME_H

#include "loader.h"
#include "policy.h"
#include "rules.h"

typedef struct input {
  move player; /* on the left */
  bool swap;   /* load the other opponent */
} input;

typedef struct game {
  rules state;
  loader loader;
  policy *opponent; /* NULL until the first one is loaded */
  int skill;        /* which one it is: an index into game_skills */
  int loading;      /* which one is being loaded, -1 for none */
  float progress;   /* of that load, as this frame shows it */
  uint64_t frames;  /* shown in all */
  uint64_t played;  /* frames that this opponent played */
  float observation[OBSERVATION], scores[MOVES];
  move reply;        /* what the opponent made of them in the last frame */
  char message[128]; /* why the last load failed; "" if it did not */
} game;

enum { SKILLS = 2 };
extern const char *const game_skills[SKILLS];

/* Starts to load the first opponent. `tickets` as in archive.h. */
wp_error *game_start(game *g, SDL_sem *tickets);

/* One frame, which never waits for the loader. Until there is an opponent the player moves and the ball stands. */
wp_error *game_frame(game *g, const input *in);

/* Cancels what is being loaded and frees everything. Returns what the load ended with, as loader_stop() does. */
wp_error *game_end(game *g);

#endif
