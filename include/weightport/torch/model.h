/* SPDX-License-Identifier: MIT */
/**
 * @file model.h
 * @brief Models on libtorch: TorchScript archives, nests of standard torch.nn layers, and classes registered in C++.
 *
 * Whatever it came from, a model has Python's names for its parameters and buffers, its modes and its ways to load and save.
 *
 * Lifetime: reference counted; tensors that a model gave out share its memory and keep that alive by themselves. Threads: one
 * thread at a time; several may run forward() of one model in eval mode with gradients off.
 *
 *     wp_model *model;
 *     wp_error *err = wp_model_load(&model, "model.ts", NULL);
 *     if (!err) err = wp_model_load_state_dict(NULL, model, weights, NULL);
 *     if (!err) err = wp_model_eval(model);
 *     if (!err) err = wp_model_forward_tensor(&output, model, input);
 */
#ifndef WEIGHTPORT_TORCH_MODEL_H
#define WEIGHTPORT_TORCH_MODEL_H

#include "../checkpoint.h"

WP_BEGIN_DECLS

/** @brief A module that can run. */
typedef struct wp_model wp_model;

/** @name Getting a model
 *  @{ */

/** @brief How to load. Set WP_MODEL_OPTIONS_INIT first. */
typedef struct wp_model_options {
  uint32_t struct_size;     /**< sizeof(wp_model_options) */
  const char *map_location; /**< device that the model is put on; NULL = "cpu" */
  const wp_limits *limits;  /**< for a pickled module; NULL = the defaults */
} wp_model_options;
/** @brief The defaults, and the size of the struct. */
#define WP_MODEL_OPTIONS_INIT \
  { (uint32_t)sizeof(wp_model_options), NULL, NULL }

/**
 * @brief A model from a file: a TorchScript archive, or a whole nn.Module of standard layers that Python pickled.
 * @param out      new reference
 * @param path     UTF-8
 * @param options  NULL = defaults
 *
 * A TorchScript archive runs its own code when the model is used: load only what you trust. Of a pickled module no code is run:
 * it is built from the layers that the pickle describes, as by wp_model_build(). Errors: those of wp_checkpoint_open(),
 * UNSUPPORTED (a class that is no standard layer and not registered: the message names it), MISMATCH (the file holds no
 * module), TORCH. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_model_load(wp_model **out, const char *path, const wp_model_options *options);
/** @brief As wp_model_load(), from `size` bytes, which are not needed afterwards. @param name for error messages; NULL =
 *  "memory". Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_load_memory(wp_model **out, const void *data, size_t size, const char *name,
                                                     const wp_model_options *options);
/** @brief As wp_model_load(), from a source, whose `close` is called before this function returns, also when it fails.
 *  Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_load_source(wp_model **out, const wp_source *source, const wp_model_options *options);

/**
 * @brief A model built from layers of torch.nn, with fresh weights drawn as PyTorch draws them.
 * @param out          new reference
 * @param description  either a dict {"class": "Linear", "in_features": 4, "out_features": 2}, where every other entry is a
 * keyword argument of the class in PyTorch; Sequential, ModuleList and ModuleDict take {"modules": ...}, a list or a dict of
 * descriptions; or an nn.Module object of a checkpoint, whose weights are taken over
 *
 * Names of parameters and buffers are Python's. A layer that is described by the same node twice is one layer. Errors:
 * INVALID_ARGUMENT, NOT_FOUND (a keyword argument that is required: its path is the key), MISMATCH (an argument of another
 * kind), UNSUPPORTED (a class or argument that is not known: the message names it, and how to register a class), LIMIT (nested
 * too deeply), TORCH. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_model_build(wp_model **out, const wp_value *description);

/** @brief As wp_model_build(), from a description in JSON of `size` bytes. Errors: also CORRUPT (no JSON). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_build_json(wp_model **out, const char *json, size_t size);

/** @brief A model of a class that was registered in C++ (registry.hpp), from options that it understands (may be NULL). @param
 * out new reference. Errors: INVALID_ARGUMENT, NOT_FOUND (no such name; the message lists the known ones), and whatever the
 * class throws. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_create(wp_model **out, const char *name, const wp_value *options);

/** @brief A copy with memory of its own. @param out new reference. Errors: INVALID_ARGUMENT, UNSUPPORTED (a registered class
 * that cannot be copied), TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_clone(wp_model **out, const wp_model *model);

/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_model *wp_model_retain(const wp_model *model);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_model_release(wp_model *model);
/** @} */

/** @name Running it
 *  Errors of each: INVALID_ARGUMENT, UNSUPPORTED (a value that a model cannot take or give: it is named), CALLBACK, TORCH (what
 *  libtorch says of shapes, dtypes and devices).
 *  @{ */

/**
 * @brief model(*args, **kwargs).
 * @param out     new reference to a tree of its own: tensors, numbers, strings, tuples, lists and dicts
 * @param args    a list or tuple of the positional arguments; NULL = none
 * @param kwargs  a dict of the keyword arguments; NULL = none
 *
 * Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_model_forward(wp_value **out, wp_model *model, const wp_value *args, const wp_value *kwargs);

/** @brief One tensor in, one tensor out. @param out new reference. Errors: also MISMATCH (the result is no tensor). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_model_forward_tensor(wp_tensor **out, wp_model *model, const wp_tensor *input);

/** @brief As wp_model_forward(), for another method of a TorchScript model. Errors: also NOT_FOUND (no such method). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_model_call(wp_value **out, wp_model *model, const char *method, const wp_value *args,
                                              const wp_value *kwargs);

/** @brief model.eval(): as wp_model_train() with false. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_eval(wp_model *model);
/** @brief model.train(mode), which dropout and batch norms follow. Errors: INVALID_ARGUMENT, TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_train(wp_model *model, bool mode);
/** @brief model.training. Since 0.1. */
WP_API bool wp_model_is_training(const wp_model *model);
/** @} */

/** @name Its weights
 *  @{ */

/** @brief model.state_dict(): names and order are Python's, and the tensors share memory with the model. @param out new
 * reference. Errors: INVALID_ARGUMENT, UNSUPPORTED (a dtype or layout that cannot be shown), OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_state_dict(wp_state_dict **out, const wp_model *model);
/** @brief model.named_parameters(): a parameter that has several names is there once. Otherwise as wp_model_state_dict().
 *  Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_named_parameters(wp_state_dict **out, const wp_model *model);
/** @brief model.named_buffers(). Otherwise as wp_model_state_dict(). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_named_buffers(wp_state_dict **out, const wp_model *model);
/** @brief Elements of all parameters together. Since 0.1. */
WP_API uint64_t wp_model_parameter_count(const wp_model *model);

/** @brief How to load a state_dict. Set WP_LOAD_STATE_DICT_OPTIONS_INIT first. */
typedef struct wp_load_state_dict_options {
  uint32_t struct_size;           /**< sizeof(wp_load_state_dict_options) */
  bool strict;                    /**< a missing or unexpected key is an error; default true */
  bool assign;                    /**< take the tensors themselves instead of copying into the model's */
  bool ignore_mismatched;         /**< leave out keys whose shape differs, instead of failing */
  bool dry_run;                   /**< only report: the model is not changed */
  const char *strip_prefix;       /**< taken off every key that has it, "module." say; NULL = none */
  const char *const *rename_from; /**< `rename_count` keys, or paths of modules, as they stand in the state_dict; may be NULL */
  const char *const *rename_to;   /**< what each becomes; after strip_prefix */
  size_t rename_count;            /**< default 0 */
} wp_load_state_dict_options;
/** @brief The defaults, and the size of the struct. */
#define WP_LOAD_STATE_DICT_OPTIONS_INIT \
  { (uint32_t)sizeof(wp_load_state_dict_options), true, false, false, false, NULL, NULL, NULL, 0 }

/**
 * @brief model.load_state_dict(state_dict).
 * @param report   new reference: WP_FINDING_MISSING, WP_FINDING_UNEXPECTED and WP_FINDING_MISMATCHED keys; may be NULL
 * @param options  NULL = defaults
 *
 * As in Python, a tensor of one element fits one without dimensions, and a batch norm of torch.nn whose num_batches_tracked is
 * missing begins with 0. Copied tensors are converted to the model's dtype and device. With `assign`, tensors of a mapped file
 * stay in the mapping, whose pages are copied when they are first written (wp_tensor_private_data()); only so are weights
 * loaded into a model on the device "meta", which has shapes and no numbers. Errors: MISMATCH (the keys do not fit: all are
 * named; a model on the device "meta" without `assign`), INVALID_ARGUMENT, UNSUPPORTED, TORCH, what reading a tensor can fail
 * with; before anything was changed, but for an error of reading. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_model_load_state_dict(wp_report **report, wp_model *model, const wp_state_dict *state_dict,
                                                         const wp_load_state_dict_options *options);

/**
 * @brief Freezes parameters, or the reverse: requires_grad_(on) for every name that fits.
 * @param changed  how many names fit; may be NULL
 * @param pattern  a name, where `*` stands for any text: "encoder.*"; NULL = all
 *
 * Errors: NOT_FOUND (no name fits), INVALID_ARGUMENT, TORCH. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_model_set_requires_grad(size_t *changed, wp_model *model, const char *pattern, bool on);

/** @brief model.to(device, dtype): NULL and WP_DTYPE_UNDEFINED leave things as they are; a dtype changes floating-point tensors
 *  only. Errors: INVALID_ARGUMENT (no such device or no such floating-point dtype), TORCH (no CUDA here). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_to(wp_model *model, const char *device, wp_dtype dtype);

/** @brief Takes all gradients away. Errors: INVALID_ARGUMENT, TORCH. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_zero_grad(wp_model *model);

/**
 * @brief Saves a TorchScript model as an archive that torch.jit.load reads. Of other models, save the state_dict.
 * @param path     UTF-8; replaced in one step, as by wp_checkpoint_save()
 * @param options  mode, durable and cancel are used; NULL = defaults
 *
 * Errors: UNSUPPORTED (no TorchScript), IO, NOT_FOUND, CANCELLED, CALLBACK, TORCH. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_model_save(const wp_model *model, const char *path, const wp_save_options *options);
/** @brief The same to the caller's sink. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_model_save_sink(const wp_model *model, const wp_sink *sink, const wp_save_options *options);
/** @} */

WP_END_DECLS

#endif
