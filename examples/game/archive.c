/* SPDX-License-Identifier: MIT */
#include "archive.h"

#include <SDL.h>
#include <physfs.h>
#include <stdio.h>

typedef struct archive_file {
  PHYSFS_File *file;
  SDL_mutex *position; /* a file has one, and read_at may be called by several threads */
  SDL_sem *tickets;
  wp_cancel *cancel;
} archive_file;

static void close_file(void *user) {
  archive_file *a = user;
  if (a->file) PHYSFS_close(a->file);
  SDL_DestroyMutex(a->position);
  wp_cancel_release(a->cancel);
  SDL_free(a);
}

static int32_t read_pieces(archive_file *a, char *buffer, size_t size) {
  while (size) {
    size_t piece = size;
    if (a->tickets && !wp_cancel_requested(a->cancel)) {
      SDL_SemWait(a->tickets);
      if (piece > ARCHIVE_PIECE) piece = ARCHIVE_PIECE;
    }
    if (PHYSFS_readBytes(a->file, buffer, piece) != (PHYSFS_sint64)piece) return 1;
    buffer += piece;
    size -= piece;
  }
  return 0;
}

static int32_t read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  archive_file *a = user;
  SDL_LockMutex(a->position);
  int32_t status = PHYSFS_seek(a->file, offset) ? read_pieces(a, buffer, size) : 1;
  SDL_UnlockMutex(a->position);
  return status;
}

static wp_error *failure(const char *name) {
  char message[256];
  PHYSFS_ErrorCode code = PHYSFS_getLastErrorCode();
  snprintf(message, sizeof message, "%s: %s", name, PHYSFS_getErrorByCode(code));
  return wp_error_create(code == PHYSFS_ERR_NOT_FOUND ? WP_ERROR_NOT_FOUND : WP_ERROR_IO, message, NULL);
}

wp_error *archive_open(wp_source *out, const char *name, SDL_sem *tickets, wp_cancel *cancel) {
  archive_file *a = SDL_calloc(1, sizeof *a);
  if (!a) return wp_error_create(WP_ERROR_OUT_OF_MEMORY, "no memory for a file of the archive", NULL);
  a->tickets = tickets;
  a->cancel = wp_cancel_retain(cancel);
  a->position = SDL_CreateMutex();
  a->file = a->position ? PHYSFS_openRead(name) : NULL;
  PHYSFS_sint64 size = a->file ? PHYSFS_fileLength(a->file) : -1;
  if (size < 0) {
    wp_error *err = a->position ? failure(name) : wp_error_create(WP_ERROR_IO, SDL_GetError(), NULL);
    close_file(a);
    return err;
  }
  *out = (wp_source){sizeof *out, name, a, (uint64_t)size, read_at, NULL, close_file};
  return NULL;
}
