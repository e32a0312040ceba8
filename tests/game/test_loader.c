/* SPDX-License-Identifier: MIT */
/* The game's frames go on while an archive is slow or silent: they are counted, and no clock is read. A source that waits for
 * tickets gives no byte before it gets one. */
#include <SDL.h>
#include <physfs.h>

#include "archive.h"
#include "draw.h"
#include "expect_tensor.h"
#include "game.h"

enum {
  FRAMES = 1000,
  WEIGHT_BYTES = 4 * (6 * 40 + 3 * 40 * 40 + 40 * 3 + 4 * 40 + 3) /* as train.py builds the network */
};

static const input nothing = {MOVE_STAY, false}, swap = {MOVE_STAY, true};

static SDL_Window *window;
static SDL_Renderer *renderer;

/* As main.c does it: a frame is what is played and what is shown. */
static void frame(game *g, const input *in) {
  assert_ok(game_frame(g, in));
  draw_game(renderer, g);
  SDL_RenderPresent(renderer);
}

static void start_with_opponent(game *g) {
  assert_ok(game_start(g, NULL));
  while (!g->opponent) frame(g, &nothing);
}

static void an_archive_that_is_silent_stops_no_frame(void **state) {
  (void)state;
  game g;
  SDL_sem *tickets = SDL_CreateSemaphore(0);
  assert_ok(game_start(&g, tickets));
  for (int i = 0; i < FRAMES; i++) frame(&g, &(input){MOVE_UP, false});
  assert_int_equal(g.frames, FRAMES);
  assert_int_equal(g.loading, 0);
  assert_null(g.opponent);
  assert_int_equal(g.state.paddle_y[LEFT], PADDLE_HEIGHT / 2);
  assert_fails(game_end(&g), WP_ERROR_CANCELLED);
  SDL_DestroySemaphore(tickets);
}

static void a_slow_archive_takes_a_frame_for_each_piece(void **state) {
  (void)state;
  game g;
  SDL_sem *tickets = SDL_CreateSemaphore(0);
  assert_ok(game_start(&g, tickets));
  for (float last = 0; !g.opponent; last = loader_progress(&g.loader)) {
    assert_true(loader_progress(&g.loader) >= last);
    SDL_SemPost(tickets);
    frame(&g, &nothing);
  }
  assert_true(loader_progress(&g.loader) == 1);
  assert_true(g.frames >= WEIGHT_BYTES / ARCHIVE_PIECE);
  assert_ok(game_end(&g));
  SDL_DestroySemaphore(tickets);
}

static void the_old_opponent_plays_on_until_the_new_one_is_there(void **state) {
  (void)state;
  game g;
  SDL_sem *tickets = SDL_CreateSemaphore(0);
  start_with_opponent(&g);
  g.loader.tickets = tickets;
  frame(&g, &swap);
  uint64_t before = g.played;
  for (int i = 0; i < FRAMES; i++) frame(&g, &swap); /* once more changes nothing */
  assert_int_equal(g.played, before + FRAMES);
  assert_int_equal(g.skill, 0);
  assert_int_equal(g.loading, 1);
  assert_true(g.state.score[RIGHT] > 0);
  for (int i = 0; i < WEIGHT_BYTES; i++) SDL_SemPost(tickets);
  while (g.skill == 0) frame(&g, &nothing);
  assert_int_equal(g.loading, -1);
  frame(&g, &nothing);
  assert_int_equal(g.played, 2);
  assert_ok(game_end(&g));
  SDL_DestroySemaphore(tickets);
}

static void quitting_ends_a_load_in_its_middle(void **state) {
  (void)state;
  enum { SOME = WEIGHT_BYTES / ARCHIVE_PIECE / 2 };
  game g;
  SDL_sem *tickets = SDL_CreateSemaphore(SOME);
  assert_ok(game_start(&g, tickets));
  while (SDL_SemValue(tickets)) frame(&g, &nothing);
  assert_fails(game_end(&g), WP_ERROR_CANCELLED);
  assert_true(loader_progress(&g.loader) < 1);
  SDL_DestroySemaphore(tickets);
}

static void what_cannot_be_loaded_leaves_the_old_opponent(void **state) {
  (void)state;
  game g;
  start_with_opponent(&g);
  g.loading = 1;
  assert_ok(loader_start(&g.loader, "data/none.pt"));
  while (g.loading >= 0) frame(&g, &nothing);
  assert_string_equal(g.message, "data/none.pt: not found");
  assert_int_equal(g.skill, 0);
  uint64_t before = g.played;
  frame(&g, &nothing);
  assert_int_equal(g.played, before + 1);
  assert_ok(game_end(&g));
}

static void assert_not_loaded(const char *name, wp_code code) {
  loader l = {0};
  policy *loaded;
  wp_error *err;
  assert_ok(loader_start(&l, name));
  while (!loader_take(&l, &loaded, &err)) SDL_Delay(1);
  assert_null(loaded);
  assert_fails(err, code);
}

static void a_file_with_another_network_is_refused(void **state) {
  (void)state;
  assert_not_loaded("data/none.pt", WP_ERROR_NOT_FOUND);
  assert_not_loaded("data/state_dict.pt", WP_ERROR_LIMIT);
  assert_not_loaded("data/bad_truncated.pt", WP_ERROR_CORRUPT);
}

static int open_all(void **state) {
  (void)state;
  return !PHYSFS_init(NULL) || !PHYSFS_mount(WEIGHTPORT_GAME_ARCHIVE, NULL, 1) ||
         !PHYSFS_mount(WEIGHTPORT_TEST_DATA, "data", 1) || SDL_Init(SDL_INIT_VIDEO) ||
         !(window = SDL_CreateWindow("test", 0, 0, SCREEN_WIDTH, SCREEN_HEIGHT, 0)) ||
         !(renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE));
}

static int close_all(void **state) {
  (void)state;
  SDL_DestroyRenderer(renderer);
  SDL_DestroyWindow(window);
  SDL_Quit();
  return !PHYSFS_deinit();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_archive_that_is_silent_stops_no_frame),
      cmocka_unit_test(a_slow_archive_takes_a_frame_for_each_piece),
      cmocka_unit_test(the_old_opponent_plays_on_until_the_new_one_is_there),
      cmocka_unit_test(quitting_ends_a_load_in_its_middle),
      cmocka_unit_test(what_cannot_be_loaded_leaves_the_old_opponent),
      cmocka_unit_test(a_file_with_another_network_is_refused),
  };
  return cmocka_run_group_tests(tests, open_all, close_all);
}
