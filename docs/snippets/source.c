/* SPDX-License-Identifier: MIT */
/* A source of the caller's own, and a sink: a checkpoint that lies in the middle of a larger file is opened there, and saved
 * through a buffer of the program's. source ARCHIVE OFFSET SIZE OUT */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <unistd.h>

#include "check.h"

/* [source] */
typedef struct {
  int fd;
  uint64_t begin; /* of the checkpoint in the archive */
} Entry;

/* Several threads may call this at once, so nothing here has a position: pread, and not lseek and read. */
static int32_t entry_read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  const Entry *entry = user;
  for (size_t done = 0; done < size;) {
    ssize_t got = pread(entry->fd, (char *)buffer + done, size - done, (off_t)(entry->begin + offset + done));
    if (got <= 0) return -1;
    done += (size_t)got;
  }
  return 0;
}

/* Called once, when the last tensor that could still be read is gone; or at once, if opening fails. */
static void entry_close(void *user) {
  Entry *entry = user;
  close(entry->fd);
  free(entry);
}

static wp_error *open_entry(wp_checkpoint **out, Entry *entry, uint64_t size) {
  wp_source source = WP_SOURCE_INIT;
  source.name = "pak0/policy.pt"; /* what errors call it */
  source.user = entry;
  source.size = size;
  source.read_at = entry_read_at;
  source.close = entry_close;
  return wp_checkpoint_open_source(out, &source, NULL);
}
/* [end] */

/* [sink] */
static int32_t stream_write(const void *bytes, size_t size, void *user) {
  return fwrite(bytes, 1, size, user) == size ? 0 : -1;
}

/* The file is whole: make sure that it is really out there. */
static int32_t stream_finish(void *user) { return fflush(user); }

/* The save failed, or was cancelled: what was written must not be taken for a checkpoint. */
static void stream_abort(void *user) {
  rewind(user);
  if (ftruncate(fileno(user), 0) != 0) perror("ftruncate");
}

static wp_error *save_to_stream(const wp_checkpoint *ckpt, FILE *stream) {
  wp_sink sink = WP_SINK_INIT;
  sink.user = stream;
  sink.write = stream_write;
  sink.finish = stream_finish;
  sink.abort = stream_abort;
  return wp_checkpoint_save_sink(ckpt, &sink, NULL);
}
/* [end] */

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  Entry *entry = malloc(sizeof *entry);
  if (!entry) return 1;
  entry->fd = open(argv[1], O_RDONLY);
  entry->begin = strtoull(argv[2], NULL, 10);
  wp_checkpoint *ckpt;
  check(open_entry(&ckpt, entry, strtoull(argv[3], NULL, 10)));
  FILE *stream = fopen(argv[4], "w+b");
  if (!stream) return 1;
  check(save_to_stream(ckpt, stream));
  fclose(stream);
  wp_checkpoint_release(ckpt);
  return 0;
}
