/* SPDX-License-Identifier: MIT */
/**
 * @file checkpoint.h
 * @brief Files: open what torch.save, torch.jit.save or safetensors wrote.
 *
 * Opening finds out the format by itself, reads the directory and the pickle, and no tensor byte: tensors are views of the
 * mapped file, or are read when first touched. Nothing that the file names is imported or run.
 *
 * Lifetime: reference counted; values are borrowed from the checkpoint, tensors keep what they need alive by themselves.
 * Threads: may be read by many threads while none edits it.
 *
 * On untrusted input: every count and offset is checked before use, and wp_limits bounds what a file can make the library do.
 * A file that another process truncates while it is mapped makes the operating system end the program on the next touch of
 * the lost pages (SIGBUS): use WP_MEMORY_READ where files may change underneath.
 *
 *     wp_checkpoint *ckpt;
 *     wp_state_dict *weights;
 *     wp_error *err = wp_checkpoint_open(&ckpt, "ckpt.tar", NULL);
 *     if (!err) err = wp_checkpoint_state_dict(&weights, ckpt, "model_state_dict");
 */
#ifndef WEIGHTPORT_CHECKPOINT_H
#define WEIGHTPORT_CHECKPOINT_H

#include "io.h"
#include "state_dict.h"

WP_BEGIN_DECLS

/** @brief An opened file, or one to be written. */
typedef struct wp_checkpoint wp_checkpoint;

/** @brief File formats. */
typedef int32_t wp_format;
enum {
  WP_FORMAT_UNKNOWN = 0,
  WP_FORMAT_TORCH_ZIP = 1,    /**< torch.save since 1.6 */
  WP_FORMAT_TORCH_LEGACY = 2, /**< torch.save from 0.1.10 to 1.5, and with _use_new_zipfile_serialization=False */
  WP_FORMAT_TORCH_TAR = 3,    /**< torch.save before 0.1.10 */
  WP_FORMAT_TORCHSCRIPT = 4,  /**< torch.jit.save; torch::save of C++ */
  WP_FORMAT_SAFETENSORS = 5
};

/** @brief "torch_zip", "torch_legacy", "torch_tar", "torchscript", "safetensors"; "unknown" otherwise. Static. Since 0.1. */
WP_API const char *wp_format_name(wp_format format);

/** @brief Where tensor bytes live. */
typedef int32_t wp_memory;
enum {
  WP_MEMORY_MAP = 0, /**< views of a read-only mapping; read on first touch where there is no mapping */
  WP_MEMORY_READ = 1 /**< read while opening, by several threads, into memory that tensors own and may write */
};

/** @brief How to open. Set WP_OPEN_OPTIONS_INIT first. */
typedef struct wp_open_options {
  uint32_t struct_size;    /**< sizeof(wp_open_options) */
  wp_memory memory;        /**< default WP_MEMORY_MAP */
  uint32_t threads;        /**< for WP_MEMORY_READ; 0 = one for each processor, at most 8 */
  bool verify_checksums;   /**< check the CRC-32 of every record that has one: reads the whole file */
  const wp_limits *limits; /**< NULL = the defaults */
  wp_cancel *cancel;       /**< NULL = cannot be cancelled */
  wp_progress progress;    /**< NULL = none; called only where tensor bytes are read */
  void *progress_user;     /**< passed to `progress` */
} wp_open_options;

#define WP_OPEN_OPTIONS_INIT {(uint32_t)sizeof(wp_open_options), WP_MEMORY_MAP, 0, false, NULL, NULL, NULL, NULL}

/**
 * @brief Opens a file.
 * @param out      new reference
 * @param path     UTF-8 (any bytes where the system allows)
 * @param options  NULL = defaults
 *
 * Errors: NOT_FOUND and IO (the system's reason), UNSUPPORTED (not a known format: says what it looks like), CORRUPT (with the
 * offset), LIMIT, CANCELLED, CALLBACK, INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_open(wp_checkpoint **out, const char *path, const wp_open_options *options);

/**
 * @brief Opens bytes in memory.
 * @param data  borrowed: must stay unchanged until the checkpoint and every tensor of it are released
 * @param size  bytes
 * @param name  for error messages; copied; NULL = "memory"
 *
 * Errors: as wp_checkpoint_open(). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_open_memory(wp_checkpoint **out, const void *data, size_t size, const char *name,
                                                          const wp_open_options *options);

/**
 * @brief Opens a source of the caller's.
 * @param source  copied; its `close` is called once when nothing needs it any more, also when this function fails
 *
 * Without `map`, each tensor is read when it is first touched. Errors: as wp_checkpoint_open(). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_open_source(wp_checkpoint **out, const wp_source *source,
                                                          const wp_open_options *options);

/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_checkpoint *wp_checkpoint_retain(const wp_checkpoint *checkpoint);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_checkpoint_release(wp_checkpoint *checkpoint);

/** @brief Format it was opened as. Since 0.1. */
WP_API wp_format wp_checkpoint_format(const wp_checkpoint *checkpoint);

/** @brief The tree of values; borrowed from the checkpoint. For safetensors: a dict of tensors. For TorchScript: the module
 *  object. Since 0.1. */
WP_API wp_value *wp_checkpoint_root(const wp_checkpoint *checkpoint);

/** @brief Free text that the format keeps beside the tensors: safetensors' "__metadata__", a dict of strings; borrowed; NULL
 *  if there is none. Since 0.1. */
WP_API wp_value *wp_checkpoint_metadata(const wp_checkpoint *checkpoint);

/**
 * @brief A state_dict in the checkpoint.
 * @param out  new reference
 * @param key  path of it in the tree, "model_state_dict" say, by the rules of wp_value_at(); NULL = the only one
 *
 * Errors: NOT_FOUND (no such key, or no state_dict at all), MISMATCH (`key` is NULL and there are several: the message lists
 * them; or what stands at `key` is not one), LIMIT, OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_state_dict(wp_state_dict **out, const wp_checkpoint *checkpoint, const char *key);

/** @brief Number of state_dicts that wp_checkpoint_state_dict() with NULL would consider. Since 0.1. */
WP_API size_t wp_checkpoint_state_dict_count(const wp_checkpoint *checkpoint);
/** @brief Key of state_dict `index`: "" for the root; borrowed from the checkpoint; NULL if there is none. Since 0.1. */
WP_API const char *wp_checkpoint_state_dict_key(const wp_checkpoint *checkpoint, size_t index);

/** @brief Number of different classes and functions that the file's pickles name. Since 0.1. */
WP_API size_t wp_checkpoint_global_count(const wp_checkpoint *checkpoint);
/** @brief "module.name" of one, in order of first use; borrowed from the checkpoint; NULL if there is none. Since 0.1. */
WP_API const char *wp_checkpoint_global_name(const wp_checkpoint *checkpoint, size_t index);
/** @brief True if torch.load(weights_only=True) of PyTorch 2.14 accepts it; false marks a foreign one. Since 0.1. */
WP_API bool wp_checkpoint_global_allowed(const wp_checkpoint *checkpoint, size_t index);

WP_END_DECLS

#endif
