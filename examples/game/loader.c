/* SPDX-License-Identifier: MIT */
#include "loader.h"

#include <SDL.h>

#include "archive.h"

static int32_t on_progress(uint64_t done, uint64_t total, void *user) {
  loader *l = user;
  atomic_store(&l->progress, total ? (float)done / (float)total : 0);
  return 0;
}

/* Read into memory, so that no frame of the game ever waits for the archive. */
static wp_error *load(loader *l) {
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.memory = WP_MEMORY_READ;
  options.threads = 1;
  options.cancel = l->cancel;
  options.progress = on_progress;
  options.progress_user = l;
  wp_source source;
  wp_checkpoint *checkpoint = NULL;
  wp_state_dict *weights = NULL;
  wp_error *err = archive_open(&source, l->name, l->tickets, l->cancel);
  if (!err) err = wp_checkpoint_open_source(&checkpoint, &source, &options);
  if (!err) err = wp_checkpoint_state_dict(&weights, checkpoint, NULL);
  if (!err) err = policy_create(&l->loaded, weights);
  wp_state_dict_release(weights);
  wp_checkpoint_release(checkpoint);
  return err;
}

static int run(void *user) {
  loader *l = user;
  l->error = load(l);
  atomic_store(&l->done, true);
  return 0;
}

static void join(loader *l) {
  SDL_WaitThread(l->thread, NULL);
  l->thread = NULL;
  wp_cancel_release(l->cancel);
  l->cancel = NULL;
}

wp_error *loader_start(loader *l, const char *name) {
  if (l->thread) return NULL;
  wp_error *err = wp_cancel_create(&l->cancel);
  if (err) return err;
  SDL_strlcpy(l->name, name, sizeof l->name);
  l->loaded = NULL;
  l->error = NULL;
  atomic_store(&l->progress, 0);
  atomic_store(&l->done, false);
  l->thread = SDL_CreateThread(run, "loader", l);
  if (l->thread) return NULL;
  wp_cancel_release(l->cancel);
  l->cancel = NULL;
  return wp_error_create(WP_ERROR_IO, SDL_GetError(), NULL);
}

float loader_progress(const loader *l) { return atomic_load(&l->progress); }

bool loader_take(loader *l, policy **loaded, wp_error **error) {
  *loaded = NULL;
  *error = NULL;
  if (!l->thread || !atomic_load(&l->done)) return false;
  join(l);
  *loaded = l->loaded;
  *error = l->error;
  return true;
}

wp_error *loader_stop(loader *l) {
  if (!l->thread) return NULL;
  wp_cancel_request(l->cancel);
  if (l->tickets) SDL_SemPost(l->tickets); /* the one it may be waiting for */
  join(l);
  policy_destroy(l->loaded);
  return l->error;
}
