/* SPDX-License-Identifier: MIT */
/* A file of the game's archive, which PhysFS has mounted, as a wp_source. */
#ifndef GAME_ARCHIVE_H
#define GAME_ARCHIVE_H

#include <SDL_mutex.h>
#include <weightport/io.h>

/* With `tickets`, each piece of this many bytes waits for one: a slow disk whose speed the game sets. */
enum { ARCHIVE_PIECE = 256 };

/* Fills `out` for wp_checkpoint_open_source(), which closes the file when it needs it no more. `tickets` may be NULL, and
 * nothing waits for them any more once `cancel` is requested: whoever does so gives a last one. */
wp_error *archive_open(wp_source *out, const char *name, SDL_sem *tickets, wp_cancel *cancel);

#endif
