/* SPDX-License-Identifier: MIT */
#include "game.h"

#include <stdio.h>
#include <string.h>

enum { SEED = 7 };

const char *const game_skills[SKILLS] = {"easy", "hard"};

static wp_error *start_loading(game *g, int skill) {
  char name[64];
  snprintf(name, sizeof name, "policies/%s.pt", game_skills[skill]);
  g->loading = skill;
  return loader_start(&g->loader, name);
}

wp_error *game_start(game *g, SDL_sem *tickets) {
  memset(g, 0, sizeof *g);
  g->loader.tickets = tickets;
  rules_start(&g->state, SEED);
  return start_loading(g, 0);
}

/* The opponent changes between two frames. One that cannot be loaded leaves the old one in the game. */
static void take_opponent(game *g) {
  policy *loaded;
  wp_error *err;
  if (!loader_take(&g->loader, &loaded, &err)) return;
  snprintf(g->message, sizeof g->message, "%s", wp_error_message(err));
  wp_error_release(err);
  if (loaded) {
    policy_destroy(g->opponent);
    g->opponent = loaded;
    g->skill = g->loading;
    g->played = 0;
  }
  g->loading = -1;
}

static wp_error *play(game *g, move player) {
  rules_observe(g->observation, &g->state, RIGHT);
  wp_error *err = policy_scores(g->scores, g->opponent, g->observation);
  if (err) return err;
  g->reply = MOVE_UP;
  for (int m = MOVE_UP; m < MOVES; m++) {
    if (g->scores[m] > g->scores[g->reply]) g->reply = (move)m;
  }
  rules_step(&g->state, player, g->reply);
  g->played++;
  return NULL;
}

wp_error *game_frame(game *g, const input *in) {
  wp_error *err = NULL;
  take_opponent(g);
  g->frames++;
  /* Where not even the first opponent could be loaded, the key asks for it again. */
  if (in->swap && g->loading < 0) err = start_loading(g, g->opponent ? (g->skill + 1) % SKILLS : 0);
  if (err) return err;
  g->progress = loader_progress(&g->loader);
  if (g->opponent) return play(g, in->player);
  rules_move_paddle(&g->state, LEFT, in->player);
  return NULL;
}

wp_error *game_end(game *g) {
  wp_error *err = loader_stop(&g->loader);
  policy_destroy(g->opponent);
  g->opponent = NULL;
  return err;
}
