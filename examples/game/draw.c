/* SPDX-License-Identifier: MIT */
#include "draw.h"

#include <SDL.h>

#include "font.h"

static const SDL_Color background = {18, 20, 32, 255}, dim = {70, 76, 104, 255}, bright = {236, 238, 244, 255},
                       left = {92, 200, 255, 255}, right = {255, 150, 92, 255}, warning = {255, 92, 92, 255};

static void fill(SDL_Renderer *renderer, SDL_Color color, int x, int y, int width, int height) {
  SDL_SetRenderDrawColor(renderer, color.r, color.g, color.b, color.a);
  SDL_RenderFillRect(renderer, &(SDL_Rect){x, y, width, height});
}

static int text_width(const char *text, int scale) { return ((int)SDL_strlen(text) * (GLYPH_WIDTH + 1) - 1) * scale; }

static void draw_text(SDL_Renderer *renderer, SDL_Color color, int x, int y, int scale, const char *text) {
  for (; *text; text++, x += (GLYPH_WIDTH + 1) * scale) {
    for (int row = 0; row < GLYPH_HEIGHT; row++) {
      for (int column = 0; column < GLYPH_WIDTH; column++) {
        if (font_pixel(*text, column, row)) fill(renderer, color, x + column * scale, y + row * scale, scale, scale);
      }
    }
  }
}

static void draw_centred(SDL_Renderer *renderer, SDL_Color color, int x, int y, int scale, const char *text) {
  draw_text(renderer, color, x - text_width(text, scale) / 2, y, scale, text);
}

static void draw_field(SDL_Renderer *renderer, const game *g) {
  for (int y = 2; y < SCREEN_HEIGHT; y += 10) fill(renderer, dim, SCREEN_WIDTH / 2 - 1, y, 2, 5);
  for (int side = LEFT; side <= RIGHT; side++) {
    char score[12];
    SDL_snprintf(score, sizeof score, "%d", (int)g->state.score[side]);
    draw_centred(renderer, dim, SCREEN_WIDTH / 2 + (side == LEFT ? -40 : 40), 8, 4, score);
    int x = side == LEFT ? PADDLE_MARGIN : FIELD_WIDTH - PADDLE_MARGIN - PADDLE_WIDTH;
    fill(renderer, side == LEFT ? left : right, x / UNIT, (g->state.paddle_y[side] - PADDLE_HEIGHT / 2) / UNIT,
         PADDLE_WIDTH / UNIT, PADDLE_HEIGHT / UNIT);
  }
  fill(renderer, bright, (g->state.ball_x - BALL_SIZE / 2) / UNIT, (g->state.ball_y - BALL_SIZE / 2) / UNIT, BALL_SIZE / UNIT,
       BALL_SIZE / UNIT);
}

static void draw_loading(SDL_Renderer *renderer, const game *g) {
  enum { WIDTH = 120, HEIGHT = 8, X = (SCREEN_WIDTH - WIDTH) / 2, Y = SCREEN_HEIGHT - 22 };
  char text[32];
  SDL_snprintf(text, sizeof text, "LOADING %s", game_skills[g->loading]);
  fill(renderer, background, X - 4, Y - 14, WIDTH + 8, HEIGHT + 18);
  draw_centred(renderer, bright, SCREEN_WIDTH / 2, Y - 10, 1, text);
  fill(renderer, dim, X, Y, WIDTH, HEIGHT);
  fill(renderer, right, X, Y, (int)(WIDTH * g->progress), HEIGHT);
}

void draw_game(SDL_Renderer *renderer, const game *g) {
  SDL_SetRenderDrawColor(renderer, background.r, background.g, background.b, background.a);
  SDL_RenderClear(renderer);
  draw_field(renderer, g);
  if (g->opponent)
    draw_text(renderer, right, SCREEN_WIDTH - 30 - text_width(game_skills[g->skill], 2), 8, 2, game_skills[g->skill]);
  if (g->loading >= 0) draw_loading(renderer, g);
  if (*g->message) draw_centred(renderer, warning, SCREEN_WIDTH / 2, SCREEN_HEIGHT - 10, 1, g->message);
}
