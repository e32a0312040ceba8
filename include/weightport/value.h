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
  WP_KIND_DTYPE = 12,  /**< torch.float32, or a numpy dtype that PyTorch has */
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
/** @brief A dtype. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_get_dtype(wp_dtype *out, const wp_value *value);
/** @brief A dtype's name: "float32"; static; NULL for other kinds. Since 0.1. */
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
 *              dots ("layer1.0.weight") work; a number is a list index, an int key or the index of a constructor's argument,
 *              as of a namedtuple. None, True and 2.5 are such keys. "__state__" is wp_value_attributes() where these are not
 *              attributes with names. "" is the node itself.
 *
 * Errors: NOT_FOUND, whose message names the step that is missing and whose wp_error_key() is the path. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_value_at(wp_value **out, const wp_value *value, const char *path);
/** @} */

/** @name Objects
 *  @{ */

/** @brief Python's "module.Class" for an object, a class named as a value, a dict that is not a plain dict
 *  ("collections.OrderedDict"), a tensor subclass, a numpy array and a frozenset ("builtins.frozenset"); "" otherwise; borrowed
 *  from the tree. Since 0.1. */
WP_API const char *wp_value_class(const wp_value *value);
/** @brief True for a class or function named as a value, and not an object of it. Since 0.1. */
WP_API bool wp_value_is_class(const wp_value *value);
/** @brief Constructor arguments: a tuple; borrowed; NULL if the node has none. Since 0.1. */
WP_API wp_value *wp_value_args(const wp_value *value);
/** @brief Attributes: a dict, or whatever its class pickled as its state; borrowed; NULL if the node has none. Since 0.1. */
WP_API wp_value *wp_value_attributes(const wp_value *value);
/** @} */

/** @name Making values
 *  Each gives a new reference to a tree of its own. What is put into a value is copied as wp_value_append() does it. Errors of
 *  each: INVALID_ARGUMENT, OUT_OF_MEMORY, and those named.
 *  @{ */

/** @brief None. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_none(wp_value **out);
/** @brief A bool. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_bool(wp_value **out, bool value);
/** @brief An int of 64 bits. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_int(wp_value **out, int64_t value);
/** @brief An int of any size from decimal text, "-12". LIMIT for one of more than 1,024 bytes as a
 *  number, some 2,466 digits. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_int_text(wp_value **out, const char *decimal);
/** @brief A float. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_float(wp_value **out, double value);
/** @brief A complex number. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_complex(wp_value **out, double real, double imag);
/** @brief A string of `size` bytes, copied. INVALID_ARGUMENT unless they are UTF-8. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_string(wp_value **out, const char *text, size_t size);
/** @brief Bytes, copied. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_bytes(wp_value **out, const void *bytes, size_t size);
/** @brief An empty list. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_list(wp_value **out);
/** @brief A tuple of `count` items. What items of one tree share, they still share. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_tuple(wp_value **out, const wp_value *const *items, size_t count);
/** @brief An empty set. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_set(wp_value **out);
/** @brief A frozenset of `count` items, which are not searched for equal ones: it may be a key, or a member of a set. MISMATCH
 *  for an item that Python cannot hash. What items of one tree share, they still share. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_frozenset(wp_value **out, const wp_value *const *items, size_t count);
/** @brief An empty dict. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_dict(wp_value **out);
/** @brief An empty collections.OrderedDict. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_ordered_dict(wp_value **out);
/** @brief A tensor, which the value keeps a reference to. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_tensor(wp_value **out, const wp_tensor *tensor);
/** @brief A torch.dtype. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_dtype(wp_value **out, wp_dtype dtype);
/** @brief A torch.device: "cpu", "cuda:0". Any type of a device that is spelled like one: Python must know it to load it.
 *  Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_device(wp_value **out, const char *name);
/** @brief A torch.Size of `ndim` sizes. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_size(wp_value **out, const int64_t *shape, size_t ndim);
/**
 * @brief An object of a class, or a class or function itself.
 * @param class_name  "module.Class"
 * @param args        a tuple: Python calls the class with these arguments; NULL: it makes the object without a call
 * @param attributes  a dict, or NULL for none
 *
 * With neither args nor attributes it is the class or function itself; an empty tuple makes an object without arguments.
 * Python imports the class when it loads the file; torch.load(weights_only=True) refuses most. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_value_create_object(wp_value **out, const char *class_name, const wp_value *args,
                                                       const wp_value *attributes);
/**
 * @brief A tree out of JSON: objects become dicts in their order, arrays lists, whole numbers ints, others floats.
 * @param text  `size` bytes of UTF-8, copied; no NUL is needed behind them
 *
 * Errors: CORRUPT (no valid JSON, a key twice in one object, an int outside -2^63 to 2^64 - 1, a number that is no float64),
 * LIMIT (nested more than 1,000 levels deep, or 4 GiB or more). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_value_from_json(wp_value **out, const char *text, size_t size);
/** @brief A copy of a node and all below it in a tree of its own; tensors are shared, not copied. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_clone(wp_value **out, const wp_value *value);
/** @} */

/** @name Changing containers
 *  A node of the same tree is put in as it is, and is then reached by both paths. Of a node of another tree the structure is
 *  copied, with everything that it shares, and tensors are shared: later changes of the original are not seen. What is
 *  replaced or taken out stays valid, and in memory, while its tree lives: wp_value_clone() makes a tree without it. An object
 *  whose class extends list or dict, and that holds items or entries, counts as one. Errors of each: INVALID_ARGUMENT (NULL,
 *  or a key that is not UTF-8), MISMATCH (not such a container), OUT_OF_MEMORY, and those named; nothing is changed then.
 *  One thread at a time.
 *  @{ */

/** @brief Adds to the end of a list, or to a set that is no frozenset (and is not searched for an equal member). MISMATCH for
 *  a set's member that Python cannot hash. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_append(wp_value *list, const wp_value *item);
/** @brief Replaces the value of a string key of `key_size` bytes, or adds an entry to the end of a dict. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_set(wp_value *dict, const char *key, size_t key_size, const wp_value *item);
/** @brief As wp_value_set(), for an int key. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_set_int(wp_value *dict, int64_t key, const wp_value *item);
/** @brief As wp_value_set(), for any key; a frozenset is never found there. MISMATCH for one that Python cannot hash; LIMIT
 *  for a tuple nested more than 16 levels deep. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_set_key(wp_value *dict, const wp_value *key, const wp_value *item);
/** @brief Replaces item `index` of a list or tuple, or the value of dict entry `index`. NOT_FOUND past the end; MISMATCH for
 *  a tuple that is part of a dict's key. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_set_item(wp_value *container, size_t index, const wp_value *item);
/** @brief Takes a string key out of a dict; the order of the others stays. NOT_FOUND. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_remove(wp_value *dict, const char *key, size_t key_size);
/** @brief Takes item or entry `index` out of a list, dict, or set that is no frozenset. NOT_FOUND past the end. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_remove_item(wp_value *container, size_t index);
/** @brief Gives a dict entry another string key, in the same place. NOT_FOUND; MISMATCH if `to` is taken. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_rename(wp_value *dict, const char *from, const char *to);
/** @brief Sets the attributes of an object, tensor, or dict with a class of its own (an OrderedDict's {"_metadata": ...});
 *  NULL takes them away. They are a dict; an object's may be whatever its class makes of them. Since 0.1. */
WP_API WP_WARN_UNUSED wp_error *wp_value_set_attributes(wp_value *value, const wp_value *attributes);
/** @} */

WP_END_DECLS

#endif
