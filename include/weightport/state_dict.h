/* SPDX-License-Identifier: MIT */
/**
 * @file state_dict.h
 * @brief An ordered map from name to tensor: what model.state_dict() gives.
 *
 * Lifetime: reference counted. It holds its tensors itself and outlives the checkpoint. Threads: may be read by many threads
 * while none edits it.
 *
 *     for (size_t i = 0; i < wp_state_dict_size(sd); i++)
 *       printf("%s\n", wp_state_dict_name_at(sd, i, NULL));
 */
#ifndef WEIGHTPORT_STATE_DICT_H
#define WEIGHTPORT_STATE_DICT_H

#include "value.h"

WP_BEGIN_DECLS

/** @brief An ordered map from name to tensor. */
typedef struct wp_state_dict wp_state_dict;

/** @brief An empty one. @param out new reference. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_state_dict_create(wp_state_dict **out);

/**
 * @brief The state_dict in a tree of values.
 * @param out    new reference
 * @param value  a dict of tensors with string keys, or a pickled torch.nn.Module, plain or TorchScript, whose names, order and
 *               left-out non-persistent buffers are those of Python's state_dict()
 *
 * An "_extra_state" entry that is not a tensor is left out, and the "_metadata" of an OrderedDict, versions of modules, is no
 * part of it: edit the value itself to keep that. Errors: MISMATCH (another kind, or an entry that is no tensor: the error
 * names it), UNSUPPORTED (a quantized module whose weights libtorch has packed), LIMIT (modules nested too deeply),
 * OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_state_dict_from_value(wp_state_dict **out, const wp_value *value);

/** @brief The state_dict as a collections.OrderedDict of tensors. @param out new reference to a tree of its own. Errors:
 *  INVALID_ARGUMENT (also for a name of the file that is not UTF-8), OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_state_dict_to_value(wp_value **out, const wp_state_dict *state_dict);

/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_state_dict *wp_state_dict_retain(const wp_state_dict *state_dict);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_state_dict_release(wp_state_dict *state_dict);

/** @brief Number of tensors. Since 0.1. */
WP_API size_t wp_state_dict_size(const wp_state_dict *state_dict);
/** @brief Name `index`, in order, NUL-terminated; its bytes in `size` (may be NULL); borrowed until the next edit; NULL if
 *  there is none. Since 0.1. */
WP_API const char *wp_state_dict_name_at(const wp_state_dict *state_dict, size_t index, size_t *size);
/** @brief Tensor `index`, in order; borrowed until the next edit; NULL if there is none. Since 0.1. */
WP_API wp_tensor *wp_state_dict_tensor_at(const wp_state_dict *state_dict, size_t index);
/** @brief The tensor of a name; borrowed until the next edit; NULL if there is none. O(1). Since 0.1. */
WP_API wp_tensor *wp_state_dict_find(const wp_state_dict *state_dict, const char *name);
/** @brief As wp_state_dict_find(), for a name of `size` bytes. Since 0.1. */
WP_API wp_tensor *wp_state_dict_find_sized(const wp_state_dict *state_dict, const char *name, size_t size);

/** @brief Replaces the tensor of a name, or appends it. The state_dict takes its own reference. Errors: INVALID_ARGUMENT
 *  (also for a name that is not UTF-8), OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_state_dict_set(wp_state_dict *state_dict, const char *name, const wp_tensor *tensor);
/** @brief Removes a name. Errors: NOT_FOUND. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_state_dict_remove(wp_state_dict *state_dict, const char *name);
/** @brief Gives a tensor another name, in the same place. Errors: NOT_FOUND, MISMATCH (`to` is taken),
 *  INVALID_ARGUMENT (it is not UTF-8). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_state_dict_rename(wp_state_dict *state_dict, const char *from, const char *to);
/** @brief Puts `prefix` before every name. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_state_dict_add_prefix(wp_state_dict *state_dict, const char *prefix);
/** @brief Takes `prefix` ("module.", say) off every name that has it. Errors: MISMATCH (two names would become one; nothing is
 *  changed then). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_state_dict_strip_prefix(wp_state_dict *state_dict, const char *prefix);

WP_END_DECLS

#endif
