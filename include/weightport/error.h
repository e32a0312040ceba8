/* SPDX-License-Identifier: MIT */
/**
 * @file error.h
 * @brief What a function that can fail returns.
 *
 * A function that can fail returns `wp_error *`: NULL is success, anything else is an immutable object that the caller
 * releases. Nothing is kept in thread-local state. On failure every `out` parameter is NULL or zero and there is nothing
 * else to clean up.
 *
 * Lifetime: until wp_error_release(). The strings live as long as the error. Threads: shareable.
 *
 *     wp_checkpoint *ckpt;
 *     wp_error *err = wp_checkpoint_open(&ckpt, "model.pt", NULL);
 *     if (err) {
 *       fprintf(stderr, "%s\n", wp_error_message(err));
 *       wp_error_release(err);
 *     }
 */
#ifndef WEIGHTPORT_ERROR_H
#define WEIGHTPORT_ERROR_H

#include "version.h"

WP_BEGIN_DECLS

/** @brief A failure: code, message, and where it happened. */
typedef struct wp_error wp_error;

/** @brief What went wrong, for programs. The numbers are fixed and never reused. */
typedef int32_t wp_code;
enum {
  WP_OK = 0,                      /**< success: the code of a NULL error */
  WP_ERROR_INVALID_ARGUMENT = 10, /**< the caller broke the function's contract */
  WP_ERROR_NOT_FOUND = 20,        /**< no such key, path, tensor or file */
  WP_ERROR_IO = 30,               /**< the operating system refused to read, map or write */
  WP_ERROR_CORRUPT = 40,          /**< the file breaks its format's rules */
  WP_ERROR_UNSUPPORTED = 50,      /**< valid, but not something this library reads or does */
  WP_ERROR_UNSAFE = 60,           /**< refused because following it could harm: a path that leaves its folder, say */
  WP_ERROR_LIMIT = 70,            /**< larger, deeper or longer than wp_limits allows */
  WP_ERROR_MISMATCH = 80,         /**< a kind, dtype, shape or key that differs from the one asked for */
  WP_ERROR_CANCELLED = 90,        /**< wp_cancel_request() was called */
  WP_ERROR_CALLBACK = 100,        /**< a callback of the caller returned non-zero */
  WP_ERROR_OUT_OF_MEMORY = 110,   /**< an allocation failed */
  WP_ERROR_TORCH = 120,           /**< libtorch reported it (libweightport-torch only) */
  WP_ERROR_INTERNAL = 130         /**< a bug in this library: please report it */
};

/**
 * @brief A new error, for libraries and bindings that build on this one.
 * @param code     what it says wp_error_code() is
 * @param message  one line of UTF-8, used as it is; copied; NULL = ""
 * @param key      what wp_error_key() is to be; copied; NULL = none
 *
 * Never NULL: where memory is short it is the OUT_OF_MEMORY error instead. It has no file, offset or status until they are
 * set. Any thread. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_error_create(wp_code code, const char *message, const char *key);

/** @brief Sets what wp_error_file() and wp_error_offset() of a new error are; the message stays. @param file copied; NULL = "".
 *  @param offset -1 = none. Nothing happens where memory is short. One thread. Since 0.1. */
WP_API void wp_error_set_file(wp_error *error, const char *file, int64_t offset);

/** @brief Sets what wp_error_status() of a new error is. One thread. Since 0.1. */
WP_API void wp_error_set_status(wp_error *error, int32_t status);

/** @brief Code of an error; WP_OK for NULL. Since 0.1. */
WP_API wp_code wp_error_code(const wp_error *error);

/** @brief One line of UTF-8: file, offset or key where known, and the fact. "" for NULL. Since 0.1. */
WP_API const char *wp_error_message(const wp_error *error);

/** @brief Name of the file or source it concerns, "" if none. Since 0.1. */
WP_API const char *wp_error_file(const wp_error *error);

/** @brief Byte offset in that file, or in the record of it that the message names; -1 if none. Since 0.1. */
WP_API int64_t wp_error_offset(const wp_error *error);

/** @brief What the caller's callback (read_at, write, finish, copy_to_host, progress, closure) returned, where the code is
 *  WP_ERROR_CALLBACK; 0 if none. Since 0.1. */
WP_API int32_t wp_error_status(const wp_error *error);

/** @brief State_dict key or path of the value it concerns, "" if none. Since 0.1. */
WP_API const char *wp_error_key(const wp_error *error);

/** @brief Frees an error; NULL is allowed. Any thread, once. Since 0.1. */
WP_API void wp_error_release(wp_error *error);

/** @brief "WP_ERROR_CORRUPT" and so on; "WP_ERROR_UNKNOWN" for a number that is none of the above. Static. Since 0.1. */
WP_API const char *wp_code_name(wp_code code);

WP_END_DECLS

#endif
