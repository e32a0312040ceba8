/* SPDX-License-Identifier: MIT */
/**
 * @file value.h
 * @brief The tree of Python values that a checkpoint holds.
 *
 * A value is a node: none, bool, int, float, complex, string, bytes, list, tuple, set, dict, tensor, dtype, device, size, or
 * object. **object** is everything else: a class name, constructor arguments, attributes. It is data: nothing is imported,
 * called or run. The same node may be reached by several paths, as in Python, and a node may contain itself.
 *
 * Lifetime: the nodes of one tree live together. A borrowed node is valid while the checkpoint, or any retained node of the
 * same tree, lives; wp_value_retain() on any node keeps the whole tree. Strings are borrowed likewise, and end in a NUL that
 * their size does not count. Threads: one tree may be read by many threads while none edits it.
 *
 *     int64_t epoch;
 *     const wp_value *v = wp_value_find(wp_checkpoint_root(ckpt), "epoch", 5);
 *     err = wp_value_get_int(&epoch, v);   // a NULL value is an error that says so
 */
#ifndef WEIGHTPORT_VALUE_H
#define WEIGHTPORT_VALUE_H

#include "tensor.h"

WP_BEGIN_DECLS

/** @brief A node of a tree of Python values. */
typedef struct wp_value wp_value;

/** @brief What a node is. */
typedef int32_t wp_kind;
enum {
  WP_KIND_NONE = 0,
  WP_KIND_BOOL = 1,
  WP_KIND_INT = 2,     /**< 64 bits; larger ones as decimal text */
  WP_KIND_FLOAT = 3,   /**< float64 */
  WP_KIND_COMPLEX = 4, /**< two float64 */
  WP_KIND_STRING = 5,  /**< UTF-8; a lone surrogate of Python's stands as its three bytes */
  WP_KIND_BYTES = 6,   /**< bytes or bytearray */
  WP_KIND_LIST = 7,
  WP_KIND_TUPLE = 8,
  WP_KIND_SET = 9,     /**< set or frozenset */
  WP_KIND_DICT = 10,   /**< ordered; dict, OrderedDict, defaultdict, Counter: see wp_value_class() */
  WP_KIND_TENSOR = 11, /**< also a Parameter, and a numpy array of a dtype that PyTorch has */
  WP_KIND_DTYPE = 12,  /**< torch.float32, or a numpy dtype */
  WP_KIND_DEVICE = 13, /**< torch.device */
  WP_KIND_SIZE = 14,   /**< torch.Size: a tuple of ints */
  WP_KIND_OBJECT = 15  /**< anything else: see wp_value_class(), wp_value_args(), wp_value_attributes() */
};

/** @brief "none", "bool", ... "object"; "unknown" for a number that is no kind. Static. Since 0.1. */
WP_API const char *wp_kind_name(wp_kind kind);

/** @brief One more reference to the node's tree. Returns its argument. Any thread. Since 0.1. */
WP_API wp_value *wp_value_retain(const wp_value *value);
/** @brief One reference to the node's tree less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_value_release(wp_value *value);

/** @brief What the node is; WP_KIND_NONE for NULL. Since 0.1. */
WP_API wp_kind wp_value_kind(const wp_value *value);

/** @name Scalars
 *  Errors of each: MISMATCH, whose message names both kinds, also for a NULL value. No conversion is made but the ones named.
 *  @{ */

/** @brief A bool. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_bool(bool *out, const wp_value *value);
/** @brief An int, or a bool as 0 or 1. LIMIT if it does not fit 64 bits: see wp_value_get_int_text(). Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_int(int64_t *out, const wp_value *value);
/** @brief An int of any size as decimal text; borrowed from the tree, NULL unless the int needs more than 64 bits.
 *  Since 0.1. */
WP_API const char *wp_value_get_int_text(const wp_value *value);
/** @brief A float, or an int rounded to the nearest one. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_float(double *out, const wp_value *value);
/** @brief A complex number, or a float or int with an imaginary part of 0. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_complex(double *real, double *imag, const wp_value *value);
/** @brief A string; `out` is borrowed from the tree; `size` (may be NULL) in bytes. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_string(const char **out, size_t *size, const wp_value *value);
/** @brief Bytes; `out` is borrowed from the tree. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_bytes(const void **out, size_t *size, const wp_value *value);
/** @brief A dtype. UNSUPPORTED for a numpy dtype that PyTorch lacks. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_dtype(wp_dtype *out, const wp_value *value);
/** @brief A dtype's name: "float32", or numpy's where PyTorch has no such dtype; borrowed from the tree; NULL for other kinds.
 *  Since 0.1. */
WP_API const char *wp_value_get_dtype_name(const wp_value *value);
/** @brief A device as text, "cuda:0"; borrowed from the tree. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_device(const char **out, const wp_value *value);
/** @brief The tensor of a tensor node; borrowed from the tree (retain it to keep it); NULL for other kinds. Since 0.1. */
WP_API wp_tensor *wp_value_tensor(const wp_value *value);
/** @} */

/** @name Containers
 *  List, tuple, set, size and dict; also an object whose class extends list or dict. The rest have size 0.
 *  @{ */

/** @brief Number of items or entries. Since 0.1. */
WP_API size_t wp_value_size(const wp_value *value);
/** @brief Item or dict value `index`, in order; borrowed; NULL if there is none. Since 0.1. */
WP_API wp_value *wp_value_item(const wp_value *value, size_t index);
/** @brief Key of dict entry `index`: any hashable value; borrowed; NULL if there is none. Since 0.1. */
WP_API const wp_value *wp_value_key(const wp_value *value, size_t index);
/** @brief Dict value under a string key of `key_size` bytes; borrowed; NULL if there is none. O(1). Since 0.1. */
WP_API wp_value *wp_value_find(const wp_value *value, const char *key, size_t key_size);
/** @brief Dict value under an int key; borrowed; NULL if there is none. O(1). Since 0.1. */
WP_API wp_value *wp_value_find_int(const wp_value *value, int64_t key);

/**
 * @brief The node at a path such as "optimizer.param_groups.0.lr".
 * @param out   borrowed from the tree
 * @param path  steps divided by dots. At each node the longest key or attribute that matches is taken, so keys that hold
 *              dots ("layer1.0.weight") work; a number is a list index or an int key. "" is the node itself.
 *
 * Errors: NOT_FOUND, whose message names the step that is missing and whose wp_error_key() is the path. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_value_at(wp_value **out, const wp_value *value, const char *path);
/** @} */

/** @name Objects
 *  @{ */

/** @brief Python's "module.Class" for an object, a class named as a value, a dict that is not a plain dict
 *  ("collections.OrderedDict"), a tensor subclass and a numpy array; "" otherwise; borrowed from the tree. Since 0.1. */
WP_API const char *wp_value_class(const wp_value *value);
/** @brief Constructor arguments: a tuple; borrowed; NULL if the node has none. Since 0.1. */
WP_API wp_value *wp_value_args(const wp_value *value);
/** @brief Attributes: a dict, or whatever its class pickled as its state; borrowed; NULL if the node has none. Since 0.1. */
WP_API wp_value *wp_value_attributes(const wp_value *value);
/** @} */

WP_END_DECLS

#endif
