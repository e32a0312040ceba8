/* SPDX-License-Identifier: MIT */
/**
 * @file io.h
 * @brief The caller's own bytes, limits on hostile files, cancelling and progress.
 *
 * A wp_source lets a checkpoint be opened from anything that can be read at an offset: a game archive, an encrypted blob,
 * an object store. The struct is copied; what `user` points to must live until `close` is called.
 *
 *     wp_source source = WP_SOURCE_INIT;
 *     source.name = "pak0.zip/policy.pt";
 *     source.user = file;
 *     source.size = file_size;
 *     source.read_at = my_read_at;
 *     err = wp_checkpoint_open_source(&ckpt, &source, NULL);
 */
#ifndef WEIGHTPORT_IO_H
#define WEIGHTPORT_IO_H

#include <stddef.h>

#include "error.h"

WP_BEGIN_DECLS

/** @brief Bytes to read from, supplied by the caller. Set WP_SOURCE_INIT first. */
typedef struct wp_source {
  uint32_t struct_size; /**< sizeof(wp_source) */
  const char *name;     /**< UTF-8, named in errors; copied; NULL = "source" */
  void *user;           /**< passed to the callbacks */
  uint64_t size;        /**< bytes in all */
  /** Copies exactly `size` bytes from `offset` into `buffer`; offset + size never exceeds the source's size. Returns 0, or
   *  anything else to fail with WP_ERROR_CALLBACK. May be called from several threads at once. */
  int32_t (*read_at)(uint64_t offset, void *buffer, size_t size, void *user);
  /** Optional (NULL): the whole source as memory that stays readable and unchanged until `close`, or NULL if it has none
   *  after all. Tensors then point into it and nothing is copied. Called once, while opening. */
  const void *(*map)(void *user);
  /** Optional (NULL): called once, when the last checkpoint, value or tensor that needs the source is released, on the
   *  thread that released it; also when opening fails. */
  void (*close)(void *user);
} wp_source;
/** @brief The defaults, and the size of the struct. */
#define WP_SOURCE_INIT \
  { (uint32_t)sizeof(wp_source), NULL, NULL, 0, NULL, NULL, NULL }

/** @brief Where a file is written, supplied by the caller. Set WP_SINK_INIT first. */
typedef struct wp_sink {
  uint32_t struct_size; /**< sizeof(wp_sink) */
  const char *name;     /**< UTF-8, named in errors; NULL = "sink" */
  void *user;           /**< passed to the callbacks */
  /** Takes the next `size` bytes, in order. Returns 0, or anything else to fail with WP_ERROR_CALLBACK. */
  int32_t (*write)(const void *bytes, size_t size, void *user);
  /** Optional (NULL): everything has been written. Non-zero fails with WP_ERROR_CALLBACK. */
  int32_t (*finish)(void *user);
  /** Optional (NULL): the save failed, was refused or was cancelled; what was written is to be thrown away. Exactly one of
   *  `finish` and `abort` is called, once; both when `finish` fails. */
  void (*abort)(void *user);
} wp_sink;
/** @brief The defaults, and the size of the struct. */
#define WP_SINK_INIT \
  { (uint32_t)sizeof(wp_sink), NULL, NULL, NULL, NULL, NULL }

/** @brief Asks a running open or save to stop. Threads: shareable. */
typedef struct wp_cancel wp_cancel;

/** @brief A new token. @param out new reference. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_cancel_create(wp_cancel **out);
/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_cancel *wp_cancel_retain(wp_cancel *cancel);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_cancel_release(wp_cancel *cancel);
/** @brief Makes every operation that was given the token end with WP_ERROR_CANCELLED soon. Any thread. Since 0.1. */
WP_API void wp_cancel_request(wp_cancel *cancel);
/** @brief Non-zero once wp_cancel_request() was called. Any thread. Since 0.1. */
WP_API int32_t wp_cancel_requested(const wp_cancel *cancel);

/**
 * @brief Told now and then how far an operation is, in bytes of the file. Non-zero aborts it with WP_ERROR_CALLBACK.
 *
 * Called on the thread that started the operation or on one that works for it, never on two at once.
 */
typedef int32_t (*wp_progress)(uint64_t done_bytes, uint64_t total_bytes, void *user);

/**
 * @brief What a file may make the library do before it is refused with WP_ERROR_LIMIT. 0 = the default.
 *
 * The defaults are safe on hostile files: memory grows at most in proportion to the file. Tensor bytes are never counted:
 * they are allocated only when a caller asks for them. The files of a sharded checkpoint count together.
 */
typedef struct wp_limits {
  uint32_t struct_size;       /**< sizeof(wp_limits) */
  uint32_t max_depth;         /**< nesting of lists, dicts and objects; default 1,000, and nothing deeper is saved */
  uint64_t max_tensors;       /**< that the file makes, views and a Parameter's data among them; default 10,000,000 */
  uint64_t max_bytes;         /**< memory for directories, pickles and the tree of values; default 16 times the file + 32 MiB */
  uint64_t max_steps;         /**< pickle opcodes, and nodes visited by a walk of the tree; default 1,000,000,000 */
  uint64_t max_string;        /**< bytes of one string, bytes object or array inside a pickle; default 2^32 */
  uint64_t max_inflate_ratio; /**< inflated bytes of a compressed record for each byte it has in the file; default 1,032 */
} wp_limits;
/** @brief The defaults, and the size of the struct. */
#define WP_LIMITS_INIT \
  { (uint32_t)sizeof(wp_limits), 0, 0, 0, 0, 0, 0 }

WP_END_DECLS

#endif
