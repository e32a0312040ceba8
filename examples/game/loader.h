/* SPDX-License-Identifier: MIT */
/* Loads a policy out of the archive on a thread of its own. The game looks at it once a frame; only loader_stop() waits for the
 * thread, after it has told it to end. */
#ifndef GAME_LOADER_H
#define GAME_LOADER_H

#include <SDL_thread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "policy.h"

typedef struct loader {
  SDL_Thread *thread; /* NULL: nothing is being loaded */
  SDL_sem *tickets;   /* see archive.h; NULL = as fast as it goes */
  wp_cancel *cancel;
  char name[64];
  _Atomic float progress;
  atomic_bool done;
  policy *loaded; /* both are the thread's until it is done */
  wp_error *error;
} loader;

/* Starts to load `name`, if nothing is being loaded. Fails only if there is no thread to be had. */
wp_error *loader_start(loader *l, const char *name);

/* From 0 to 1. */
float loader_progress(const loader *l);

/* If the thread is done: true, with the policy (the caller's to destroy) or the error (to release). Never waits for a load. */
bool loader_take(loader *l, policy **loaded, wp_error **error);

/* Cancels what is being loaded. Returns what the load ended with: NULL if nothing was being loaded or it was all loaded. */
wp_error *loader_stop(loader *l);

#endif
