/* SPDX-License-Identifier: MIT */
/**
 * @file checkpoint.h
 * @brief Files: open what torch.save, torch.jit.save or safetensors wrote, and save what they read.
 *
 * Opening finds out the format by itself, reads the directory and the pickle, and no tensor byte: tensors are views of the
 * mapped file, or are read when first touched. Nothing that the file names is imported or run.
 *
 * Lifetime: reference counted; values are borrowed from the checkpoint, tensors keep what they need alive by themselves.
 * Threads: may be read by many threads while none edits it.
 *
 * On untrusted input: every count and offset is checked before use, and wp_limits bounds what a file can make the library do.
 * A file that another process truncates while it is mapped: whatever the library itself would touch of it (wp_tensor_read(),
 * saving, comparing, verifying, the first wp_tensor_data() of a storage) is an IO error, unless the file is truncated in that
 * very moment. Where the program touches lost pages through a pointer that it has, the operating system ends it (SIGBUS). With
 * WP_MEMORY_READ nothing is mapped and neither can happen. A file that is replaced, as a save does it, stays whole for those
 * who have it open.
 *
 *     wp_checkpoint *ckpt;
 *     wp_state_dict *weights;
 *     wp_error *err = wp_checkpoint_open(&ckpt, "ckpt.tar", NULL);
 *     if (!err) err = wp_checkpoint_state_dict(&weights, ckpt, "model_state_dict");
 *     if (!err) err = wp_checkpoint_save(ckpt, "again.tar", NULL);
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
  WP_FORMAT_SAFETENSORS = 5,
  WP_FORMAT_SAFETENSORS_INDEX = 6, /**< *.safetensors.index.json and the shards beside it */
  WP_FORMAT_TORCH_INDEX = 7        /**< *.bin.index.json and the torch zips beside it */
};

/** @brief "torch_zip", "torch_legacy", "torch_tar", "torchscript", "safetensors", "safetensors_index",
 *  "torch_index"; "unknown" otherwise. Static. Since 0.1. */
WP_API const char *wp_format_name(wp_format format);

/** @brief Where tensor bytes live. */
typedef int32_t wp_memory;
enum {
  WP_MEMORY_MAP = 0, /**< views of a read-only mapping; read on first touch where there is no mapping */
  WP_MEMORY_READ = 1 /**< read while opening, by several threads, into memory that tensors own and may write; small ones
                          share it, up to 2 MiB, which lasts as long as one of them */
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
/** @brief The defaults, and the size of the struct. */
#define WP_OPEN_OPTIONS_INIT \
  { (uint32_t)sizeof(wp_open_options), WP_MEMORY_MAP, 0, false, NULL, NULL, NULL, NULL }

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
/** @brief Key of state_dict `index`: "" for the root; borrowed from the checkpoint until the next edit; NULL if there is none.
 *  Since 0.1. */
WP_API const char *wp_checkpoint_state_dict_key(const wp_checkpoint *checkpoint, size_t index);

/** @brief Number of different classes and functions that the file's pickles name. Since 0.1. */
WP_API size_t wp_checkpoint_global_count(const wp_checkpoint *checkpoint);
/** @brief "module.name" of one, in order of first use; borrowed from the checkpoint; NULL if there is none. Since 0.1. */
WP_API const char *wp_checkpoint_global_name(const wp_checkpoint *checkpoint, size_t index);
/** @brief True if torch.load(weights_only=True) of PyTorch 2.14 accepts it; false marks a foreign one. Since 0.1. */
WP_API bool wp_checkpoint_global_allowed(const wp_checkpoint *checkpoint, size_t index);

/** @name Saving
 *  What is saved is the tree of values: a state_dict, a general checkpoint, several models in one file, whichever it is. The
 *  same tree always gives the same bytes. One thread at a time.
 *  @{ */

/** @brief A checkpoint to fill: its root is an empty dict, its format WP_FORMAT_UNKNOWN. @param out new reference. Errors:
 *  INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_create(wp_checkpoint **out);

/** @brief Makes a value the root, copied as wp_value_append() does. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_set_root(wp_checkpoint *checkpoint, const wp_value *root);

/** @brief root[key] = value, copied as wp_value_append() does. What it replaces stays in memory while the checkpoint lives, so
 *  that whoever saves again and again makes a checkpoint for each. Errors: INVALID_ARGUMENT, MISMATCH (the root is no dict),
 *  OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_set(wp_checkpoint *checkpoint, const char *key, const wp_value *value);

/** @brief root[key] = the state_dict, as an OrderedDict; with a NULL key it becomes the whole root. Errors: as
 *  wp_checkpoint_set(). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_set_state_dict(wp_checkpoint *checkpoint, const char *key,
                                                             const wp_state_dict *state_dict);

/** @brief Sets a string of safetensors' "__metadata__"; a NULL text takes it away, if it is there. Other formats do not keep
 *  it. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_set_metadata(wp_checkpoint *checkpoint, const char *key, const char *text);

/** @brief How to save. Set WP_SAVE_OPTIONS_INIT first. */
typedef struct wp_save_options {
  uint32_t struct_size; /**< sizeof(wp_save_options) */
  /** WP_FORMAT_UNKNOWN: by the path's ending (.safetensors, .safetensors.index.json, .bin.index.json), else torch zip. Torch
   *  zip and torch legacy hold any tree, the others one flat state_dict. Torch tar and TorchScript are not written. */
  wp_format format;
  /** Permission bits of a file (to 0777); 0 = those of the file that is replaced, or 0666 less the process's umask for a new
   *  one. Not on Windows. */
  uint32_t mode;
  bool durable;            /**< fsync file and folder before the old file is replaced; default true */
  uint64_t max_shard_size; /**< bytes of tensors in one shard of an index format; 0 = 5,000,000,000 */
  wp_cancel *cancel;       /**< NULL = cannot be cancelled */
  wp_progress progress;    /**< NULL = none */
  void *progress_user;     /**< passed to `progress` */
} wp_save_options;
/** @brief The defaults, and the size of the struct. */
#define WP_SAVE_OPTIONS_INIT \
  { (uint32_t)sizeof(wp_save_options), WP_FORMAT_UNKNOWN, 0, true, 0, NULL, NULL, NULL }

/**
 * @brief Saves to a file that Python's torch.load reads, with weights_only=True unless it holds objects of other classes than
 * that allows (wp_checkpoint_global_allowed()), or safetensors.
 * @param path     UTF-8; the file a symbolic link names is replaced, not the link
 * @param options  NULL = defaults
 *
 * Written in one pass to a temporary file in the same folder, which then replaces the old file in one step: whatever happens,
 * either the old or the new file is there, whole. An index format is several files, which are all written before they replace
 * the old ones, the index last: a process that ends in between leaves new shards beside old ones under the old index. Save to
 * a new folder where that matters. Old shards that the new index does not name stay. Saving over the file that the checkpoint's
 * tensors are mapped from is safe; on Windows, which replaces no file that is open, it is an IO error and the old file stays.
 * Memory does not grow with the tensors. Errors: IO, NOT_FOUND (no such folder), UNSUPPORTED (the format cannot hold the tree:
 * names what), LIMIT, CANCELLED, CALLBACK, what reading a tensor can fail with, INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_save(const wp_checkpoint *checkpoint, const char *path,
                                                   const wp_save_options *options);

/** @brief Saves to memory: a uint8 tensor of one dimension that holds the file. @param out new reference. Errors: as
 *  wp_checkpoint_save(); UNSUPPORTED for an index format. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_save_memory(wp_tensor **out, const wp_checkpoint *checkpoint,
                                                          const wp_save_options *options);

/** @brief Saves to the caller's sink. Errors: as wp_checkpoint_save(); UNSUPPORTED for an index format. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_save_sink(const wp_checkpoint *checkpoint, const wp_sink *sink,
                                                        const wp_save_options *options);
/** @} */

/** @name Comparing and checking
 *  @{ */

/** @brief A list of findings. Threads: shareable, once nothing is added to it any more. */
typedef struct wp_report wp_report;

/** @brief What a finding says of its key. */
typedef int32_t wp_finding;
enum {
  WP_FINDING_CORRUPT = 1,    /**< a checksum or a rule of the format is broken */
  WP_FINDING_MISSING = 2,    /**< in the first checkpoint only */
  WP_FINDING_ADDED = 3,      /**< in the second checkpoint only */
  WP_FINDING_CHANGED = 4,    /**< in both, and not equal */
  WP_FINDING_UNEXPECTED = 5, /**< load_state_dict: in the state_dict, and not in the model */
  WP_FINDING_MISMATCHED = 6  /**< load_state_dict: in both, with different shapes */
};

/**
 * @brief Checks what opening did not: every checksum of the file, and that the bytes of every tensor can be read.
 * @param out      new reference; of size 0 if all is well
 * @param options  for limits, cancel and progress; may be NULL
 *
 * Each record that is damaged is a finding, under the path of the first tensor in it. Errors: IO, LIMIT (too many values),
 * CALLBACK, CANCELLED, INVALID_ARGUMENT, OUT_OF_MEMORY: what is wrong with the file is in the report. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_verify(wp_report **out, const wp_checkpoint *checkpoint,
                                                     const wp_open_options *options);

/** @brief What differs between two checkpoints. Set WP_DIFF_OPTIONS_INIT first. */
typedef struct wp_diff_options {
  uint32_t struct_size; /**< sizeof(wp_diff_options) */
  double rtol;          /**< numbers a, b are equal if |a - b| <= atol + rtol * |b|; default 0 */
  double atol;          /**< default 0 */
  wp_cancel *cancel;    /**< NULL = cannot be cancelled */
  wp_progress progress; /**< NULL = none */
  void *progress_user;  /**< passed to `progress` */
} wp_diff_options;
/** @brief The defaults, and the size of the struct. */
#define WP_DIFF_OPTIONS_INIT \
  { (uint32_t)sizeof(wp_diff_options), 0, 0, NULL, NULL, NULL }

/**
 * @brief Compares all values of two checkpoints by their paths.
 * @param out  new reference; of size 0 if they are equal
 *
 * Tensors are compared by dtype, shape, layout, quantizer and elements, and not by device, strides or requires_grad. Numbers
 * are equal by value, as 1 and 1.0 are, and NaN equals NaN. Dicts and sets are compared without regard to order, and dicts
 * without regard to their class; objects by class, arguments and attributes. What only one of them has is one finding, however
 * much is below it. Memory does not grow with the tensors, but for one tensor that is no mapped row of bytes. Errors: what
 * reading a tensor can fail with, LIMIT (more than a billion steps), CANCELLED, CALLBACK, INVALID_ARGUMENT, OUT_OF_MEMORY.
 * Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_checkpoint_diff(wp_report **out, const wp_checkpoint *a, const wp_checkpoint *b,
                                                   const wp_diff_options *options);

/** @brief An empty report, for libraries and bindings that build on this one. @param out new reference. Errors:
 *  INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_report_create(wp_report **out);
/**
 * @brief Adds a finding to the end of a report that no other thread has yet.
 * @param key         path of the tensor or value; copied; NULL = ""
 * @param message     one line; copied; NULL = ""
 * @param difference  NAN where it has no meaning
 *
 * Errors: INVALID_ARGUMENT (also for a number that is no finding), OUT_OF_MEMORY; nothing is added then. One thread at a time.
 * Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_report_add(wp_report *report, wp_finding finding, const char *key, const char *message,
                                              double difference);
/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_report *wp_report_retain(const wp_report *report);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_report_release(wp_report *report);
/** @brief Number of findings. Since 0.1. */
WP_API size_t wp_report_size(const wp_report *report);
/** @brief What finding `index` is; 0 if there is none. Since 0.1. */
WP_API wp_finding wp_report_finding(const wp_report *report, size_t index);
/** @brief Path of the tensor or value in the tree, "" for the file; borrowed; NULL if there is no such finding. Since 0.1. */
WP_API const char *wp_report_key(const wp_report *report, size_t index);
/** @brief One line; borrowed; NULL if there is no such finding. Since 0.1. */
WP_API const char *wp_report_message(const wp_report *report, size_t index);
/** @brief Largest absolute difference between two tensors or numbers; NaN where it has no meaning, as between a number and
 *  NaN. Since 0.1. */
WP_API double wp_report_difference(const wp_report *report, size_t index);
/** @} */

WP_END_DECLS

#endif
