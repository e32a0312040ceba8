/* SPDX-License-Identifier: MIT */
/* A game against a network that Python trained. Arrows or W and S move the left paddle, Tab changes the opponent, Esc ends.
 *     game [--archive ZIP] [--slow] [--auto] [--swap N] [--frames N] [--log FILE] [--picture BMP]
 *
 * --slow lets the archive give 256 bytes a frame; --auto lets the computer play the left side. For tests: --swap presses Tab
 * once after N frames of the first opponent; --frames ends the game after N frames of the last one, and shows frames as fast as
 * they come; --log writes what the opponent saw and did; --picture saves the first frame in which a swap is half done, or else
 * the last one. */
#include <SDL.h>
#include <inttypes.h>
#include <physfs.h>
#include <stdio.h>
#include <string.h>

#include "archive.h"
#include "draw.h"
#include "game.h"

enum { FRAMES_A_SECOND = 60 };

typedef struct options {
  const char *archive, *log, *picture;
  bool slow, automatic;
  uint64_t swap, frames;
} options;

static bool read_options(options *o, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--slow")) {
      o->slow = true;
    } else if (!strcmp(argv[i], "--auto")) {
      o->automatic = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (!strcmp(argv[i], "--archive")) {
      o->archive = argv[++i];
    } else if (!strcmp(argv[i], "--log")) {
      o->log = argv[++i];
    } else if (!strcmp(argv[i], "--picture")) {
      o->picture = argv[++i];
    } else if (!strcmp(argv[i], "--swap")) {
      o->swap = strtoull(argv[++i], NULL, 10);
    } else if (!strcmp(argv[i], "--frames")) {
      o->frames = strtoull(argv[++i], NULL, 10);
    } else {
      return false;
    }
  }
  return true;
}

typedef struct screen {
  SDL_Window *window;
  SDL_Renderer *renderer;
} screen;

static bool open_screen(screen *s, bool headless) {
  if (SDL_Init(SDL_INIT_VIDEO)) return false;
  s->window = SDL_CreateWindow("Weightport", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, 2 * SCREEN_WIDTH,
                               2 * SCREEN_HEIGHT, SDL_WINDOW_RESIZABLE);
  if (!s->window) return false;
  s->renderer = SDL_CreateRenderer(s->window, -1, headless ? SDL_RENDERER_SOFTWARE : SDL_RENDERER_PRESENTVSYNC);
  if (!s->renderer) s->renderer = SDL_CreateRenderer(s->window, -1, 0);
  return s->renderer && !SDL_RenderSetLogicalSize(s->renderer, SCREEN_WIDTH, SCREEN_HEIGHT);
}

static void close_screen(screen *s) {
  SDL_DestroyRenderer(s->renderer);
  SDL_DestroyWindow(s->window);
  SDL_Quit();
}

static bool save_picture(const screen *s, const char *path) {
  SDL_Surface *surface = SDL_CreateRGBSurfaceWithFormat(0, 2 * SCREEN_WIDTH, 2 * SCREEN_HEIGHT, 24, SDL_PIXELFORMAT_BGR24);
  bool saved = surface && !SDL_RenderReadPixels(s->renderer, NULL, surface->format->format, surface->pixels, surface->pitch) &&
               !SDL_SaveBMP(surface, path);
  SDL_FreeSurface(surface);
  return saved;
}

/* False when the player has had enough. */
static bool read_input(input *in, const game *g, const options *o) {
  const Uint8 *keys = SDL_GetKeyboardState(NULL);
  *in = (input){MOVE_STAY, o->swap && g->skill == 0 && g->played == o->swap};
  for (SDL_Event event; SDL_PollEvent(&event);) {
    if (event.type == SDL_QUIT) return false;
    if (event.type != SDL_KEYDOWN || event.key.repeat) continue;
    if (event.key.keysym.sym == SDLK_ESCAPE) return false;
    if (event.key.keysym.sym == SDLK_TAB) in->swap = true;
  }
  int down = (keys[SDL_SCANCODE_DOWN] || keys[SDL_SCANCODE_S]) - (keys[SDL_SCANCODE_UP] || keys[SDL_SCANCODE_W]);
  in->player = o->automatic ? rules_chase(&g->state, LEFT) : (move)(MOVE_STAY + down);
  return true;
}

static void write_log(FILE *log, const game *g, move player) {
  fprintf(log, "%s %d", game_skills[g->skill], player);
  for (int i = 0; i < OBSERVATION; i++) fprintf(log, " %.17g", g->observation[i]);
  for (int i = 0; i < MOVES; i++) fprintf(log, " %.9g", g->scores[i]);
  fprintf(log, " %d\n", g->reply);
}

static bool over(const game *g, const options *o) { return o->frames && g->played >= o->frames && (!o->swap || g->skill > 0); }

/* A display may be faster than the game, or not wait at all. */
static void wait_for_next_frame(Uint64 *next) {
  const Uint64 now = SDL_GetPerformanceCounter(), second = SDL_GetPerformanceFrequency();
  if (*next > now) SDL_Delay((Uint32)((*next - now) * 1000 / second));
  *next = (*next > now ? *next : now) + second / FRAMES_A_SECOND;
}

/* Frames until the player ends it. */
static wp_error *run(game *g, screen *s, const options *o, FILE *log) {
  wp_error *err = NULL;
  bool pictured = !o->picture, saved = true;
  Uint64 next = 0;
  for (input in; !err && !over(g, o) && read_input(&in, g, o);) {
    if (g->loader.tickets && g->loading >= 0) SDL_SemPost(g->loader.tickets);
    err = game_frame(g, &in);
    if (!err && log && g->opponent) write_log(log, g, in.player);
    draw_game(s->renderer, g);
    if (!pictured && g->opponent && g->loading >= 0 && g->progress >= 0.5F) {
      saved = save_picture(s, o->picture);
      pictured = true;
    }
    SDL_RenderPresent(s->renderer);
    /* Who plays sees the message on the screen, and has the other opponent. */
    if (!err && o->frames && *g->message) err = wp_error_create(WP_ERROR_NOT_FOUND, g->message, NULL);
    if (!o->frames) wait_for_next_frame(&next);
  }
  if (!pictured) saved = save_picture(s, o->picture);
  if (!err && !saved) err = wp_error_create(WP_ERROR_IO, SDL_GetError(), NULL);
  return err;
}

static wp_error *play(screen *s, const options *o, FILE *log) {
  game g;
  SDL_sem *tickets = o->slow ? SDL_CreateSemaphore(0) : NULL;
  wp_error *err = game_start(&g, tickets);
  if (!err) err = run(&g, s, o, log);
  wp_error_release(game_end(&g)); /* that it was cancelled is no news */
  SDL_DestroySemaphore(tickets);
  return err;
}

/* Without a name, the archive beside the program. */
static bool mount_archive(const char *name) {
  char beside[4096];
  snprintf(beside, sizeof beside, "%spolicies.zip", PHYSFS_getBaseDir());
  return PHYSFS_mount(name ? name : beside, NULL, 1);
}

static int complain(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  return 1;
}

int main(int argc, char **argv) {
  options o = {0};
  screen s = {NULL, NULL};
  FILE *log = NULL;
  int status = 0;
  if (!read_options(&o, argc, argv)) return complain(argv[0], "unknown option, or one without its value");
  if (!PHYSFS_init(argv[0]) || !mount_archive(o.archive)) {
    status = complain("policies", PHYSFS_getErrorByCode(PHYSFS_getLastErrorCode()));
  } else if (o.log && !(log = fopen(o.log, "w"))) {
    status = complain(o.log, "cannot be written");
  } else if (!open_screen(&s, o.frames > 0)) {
    status = complain("SDL", SDL_GetError());
  } else {
    wp_error *err = play(&s, &o, log);
    if (err) status = complain("game", wp_error_message(err));
    wp_error_release(err);
  }
  if (log && fclose(log)) status = complain(o.log, "cannot be written");
  close_screen(&s);
  PHYSFS_deinit();
  return status;
}
