/* SPDX-License-Identifier: MIT */
/**
 * @file tensor.h
 * @brief Strided data, the storage it lives in, and where that storage is.
 *
 * A tensor is a view of a storage, as in PyTorch: dtype, shape, strides and offset, counted in elements. Several tensors
 * may share one storage: tied weights are visible by wp_tensor_storage_id(). A tensor keeps its storage, and the mapped
 * file behind it, alive by itself: it may outlive the checkpoint it came from.
 *
 * Lifetime: reference counted; wp_tensor_release() on any thread. Threads: metadata never changes after creation and reading
 * is shareable; whoever writes the bytes must be alone. The first wp_tensor_data() may read, inflate or byte-swap and is safe
 * from several threads; afterwards it is a load.
 *
 *     const void *bytes;
 *     err = wp_tensor_data(&bytes, weight);
 *     if (!err && wp_tensor_dtype(weight) == WP_DTYPE_FLOAT32 && wp_tensor_is_contiguous(weight))
 *       use((const float *)bytes, wp_tensor_numel(weight));
 */
#ifndef WEIGHTPORT_TENSOR_H
#define WEIGHTPORT_TENSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

WP_BEGIN_DECLS

/** @brief A view of a storage. */
typedef struct wp_tensor wp_tensor;

/** @brief Element type: PyTorch's dtypes under the numbers of c10::ScalarType. */
typedef int32_t wp_dtype;
enum {
  WP_DTYPE_UNDEFINED = -1,
  WP_DTYPE_UINT8 = 0,
  WP_DTYPE_INT8 = 1,
  WP_DTYPE_INT16 = 2,
  WP_DTYPE_INT32 = 3,
  WP_DTYPE_INT64 = 4,
  WP_DTYPE_FLOAT16 = 5,
  WP_DTYPE_FLOAT32 = 6,
  WP_DTYPE_FLOAT64 = 7,
  WP_DTYPE_COMPLEX32 = 8,   /**< two float16: real, imaginary */
  WP_DTYPE_COMPLEX64 = 9,   /**< two float32 */
  WP_DTYPE_COMPLEX128 = 10, /**< two float64 */
  WP_DTYPE_BOOL = 11,       /**< one byte, 0 or 1 */
  WP_DTYPE_QINT8 = 12,
  WP_DTYPE_QUINT8 = 13,
  WP_DTYPE_QINT32 = 14,
  WP_DTYPE_BFLOAT16 = 15,
  WP_DTYPE_QUINT4X2 = 16, /**< two values in a byte */
  WP_DTYPE_QUINT2X4 = 17, /**< four values in a byte */
  WP_DTYPE_BITS1X8 = 18,
  WP_DTYPE_BITS2X4 = 19,
  WP_DTYPE_BITS4X2 = 20,
  WP_DTYPE_BITS8 = 21,
  WP_DTYPE_BITS16 = 22,
  WP_DTYPE_FLOAT8_E5M2 = 23,
  WP_DTYPE_FLOAT8_E4M3FN = 24,
  WP_DTYPE_FLOAT8_E5M2FNUZ = 25,
  WP_DTYPE_FLOAT8_E4M3FNUZ = 26,
  WP_DTYPE_UINT16 = 27,
  WP_DTYPE_UINT32 = 28,
  WP_DTYPE_UINT64 = 29,
  WP_DTYPE_UINT1 = 30, /**< uint1 to uint7 and int1 to int7 take one byte an element */
  WP_DTYPE_UINT2 = 31,
  WP_DTYPE_UINT3 = 32,
  WP_DTYPE_UINT4 = 33,
  WP_DTYPE_UINT5 = 34,
  WP_DTYPE_UINT6 = 35,
  WP_DTYPE_UINT7 = 36,
  WP_DTYPE_INT1 = 37,
  WP_DTYPE_INT2 = 38,
  WP_DTYPE_INT3 = 39,
  WP_DTYPE_INT4 = 40,
  WP_DTYPE_INT5 = 41,
  WP_DTYPE_INT6 = 42,
  WP_DTYPE_INT7 = 43,
  WP_DTYPE_FLOAT8_E8M0FNU = 44,
  WP_DTYPE_FLOAT4_E2M1FN_X2 = 45, /**< two values in a byte */
  WP_DTYPE_BCOMPLEX32 = 46        /**< two bfloat16: real, imaginary */
};

/** @brief How the elements are laid out: torch.layout. */
typedef int32_t wp_layout;
enum {
  WP_LAYOUT_STRIDED = 0,
  WP_LAYOUT_SPARSE_COO = 1,
  WP_LAYOUT_SPARSE_CSR = 2,
  WP_LAYOUT_SPARSE_CSC = 3,
  WP_LAYOUT_SPARSE_BSR = 4,
  WP_LAYOUT_SPARSE_BSC = 5
};

/** @brief How integers of a quantized tensor stand for real numbers: torch.qscheme, under the numbers of c10::QScheme. */
typedef int32_t wp_qscheme;
enum {
  WP_QSCHEME_NONE = -1,
  WP_QSCHEME_PER_TENSOR_AFFINE = 0,
  WP_QSCHEME_PER_CHANNEL_AFFINE = 1,
  WP_QSCHEME_PER_TENSOR_SYMMETRIC = 2,
  WP_QSCHEME_PER_CHANNEL_SYMMETRIC = 3,
  WP_QSCHEME_PER_CHANNEL_AFFINE_FLOAT_QPARAMS = 4
};

/** @brief A strided tensor that a sparse or per-channel quantized tensor is made of. */
typedef int32_t wp_tensor_part;
enum {
  WP_PART_INDICES = 0,            /**< COO: indices(), int64 [sparse_dim, nnz] */
  WP_PART_VALUES = 1,             /**< every sparse layout: values() */
  WP_PART_COMPRESSED_INDICES = 2, /**< CSR, BSR: crow_indices(); CSC, BSC: ccol_indices() */
  WP_PART_PLAIN_INDICES = 3,      /**< CSR, BSR: col_indices(); CSC, BSC: row_indices() */
  WP_PART_SCALES = 4,             /**< per channel: q_per_channel_scales() */
  WP_PART_ZERO_POINTS = 5         /**< per channel: q_per_channel_zero_points() */
};

/** @name dtypes
 *  @{ */

/** @brief Bytes of one element; 0 for a number that is no dtype. Any thread. Since 0.1. */
WP_API size_t wp_dtype_itemsize(wp_dtype dtype);
/** @brief PyTorch's name without "torch.": "float32"; "undefined" for a number that is no dtype. Static. Since 0.1. */
WP_API const char *wp_dtype_name(wp_dtype dtype);
/** @brief The dtype of a name, with or without "torch."; WP_DTYPE_UNDEFINED if there is none. Since 0.1. */
WP_API wp_dtype wp_dtype_from_name(const char *name);
/** @} */

/** @name Making tensors
 *  @{ */

/**
 * @brief An owned tensor of zeros: contiguous, 64-byte aligned, writable, on the CPU.
 * @param out    new reference
 * @param dtype  any dtype
 * @param shape  `ndim` sizes, each >= 0; may be NULL if ndim is 0
 * @param ndim   0 to 64
 *
 * Errors: INVALID_ARGUMENT (a negative size, an unknown dtype, more bytes than 2^63), OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_create(wp_tensor **out, wp_dtype dtype, const int64_t *shape, size_t ndim);

/**
 * @brief An owned, contiguous copy of `data`.
 * @param nbytes  must be the product of the shape times the itemsize
 *
 * Errors: as wp_tensor_create(), and MISMATCH if `nbytes` is another number. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_from_data(wp_tensor **out, wp_dtype dtype, const int64_t *shape, size_t ndim,
                                                    const void *data, size_t nbytes);

/** @brief Memory of the caller's to be wrapped without a copy. Set WP_TENSOR_DESC_INIT first. */
typedef struct wp_tensor_desc {
  uint32_t struct_size;   /**< sizeof(wp_tensor_desc) */
  wp_dtype dtype;         /**< element type */
  const int64_t *shape;   /**< `ndim` sizes, copied */
  const int64_t *strides; /**< `ndim` strides in elements, each >= 0, copied; NULL = contiguous */
  size_t ndim;            /**< 0 to 64 */
  void *data;             /**< the first element of the storage; may be NULL only if `nbytes` is 0 or with `copy_to_host` */
  uint64_t nbytes;        /**< bytes of the storage: shape and strides must stay inside */
  int64_t storage_offset; /**< elements from `data` to the first element of the tensor */
  const char *device;     /**< "cpu" (also NULL), "cuda:0", ...; copied */
  bool requires_grad;     /**< as in PyTorch, for floating point and complex dtypes; nothing is tracked here */
  bool read_only;         /**< refuse wp_tensor_mutable_data(), which `copy_to_host` does too */
  void (*release)(void *user); /**< optional: called once when no tensor needs the memory any more, on any thread */
  /** Optional: copies the whole storage into `buffer` (`nbytes` bytes); needed when `data` is not readable by the CPU, which
   *  then never touches it. Called when the bytes are first wanted, on that thread, never twice at once, and no more once it
   *  returned 0. Anything else fails with WP_ERROR_CALLBACK. */
  int32_t (*copy_to_host)(void *buffer, uint64_t nbytes, void *user);
  void *user;              /**< passed to both callbacks */
  const void *backend_tag; /**< optional: marks `backend` as belonging to one library */
  void *backend;           /**< what wp_tensor_backend() gives back for that tag; kept alive by `release` */
  /** Optional: a tensor whose storage this one is a view of, too. `data` and `nbytes` are then NULL and 0, and what else
   *  concerns the storage is not looked at; `release` is called when this tensor is not needed any more. */
  const wp_tensor *view_of;
} wp_tensor_desc;
/** @brief The defaults, and the size of the struct. */
#define WP_TENSOR_DESC_INIT                                                                                                    \
  {                                                                                                                            \
    (uint32_t)sizeof(wp_tensor_desc), WP_DTYPE_FLOAT32, NULL, NULL, 0, NULL, 0, 0, NULL, false, false, NULL, NULL, NULL, NULL, \
        NULL, NULL                                                                                                             \
  }

/**
 * @brief A tensor over memory of the caller's; nothing is copied.
 *
 * The memory must stay valid until `release` is called: once, and also when this function fails, unless `desc` is NULL or its
 * struct_size is not set. Errors: INVALID_ARGUMENT, MISMATCH (a view outside its storage), OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_wrap(wp_tensor **out, const wp_tensor_desc *desc);

/** @brief The `backend` this tensor was wrapped with, if its tag is `backend_tag`; else NULL, as for a view of it.
 *  Since 0.1. */
WP_API void *wp_tensor_backend(const wp_tensor *tensor, const void *backend_tag);

/** @brief DLPack's struct, version 0.x; include dlpack.h to look inside. */
struct DLManagedTensor;

/**
 * @brief A tensor over a DLPack capsule's memory; nothing is copied.
 *
 * Takes the capsule: its deleter is called when no tensor needs it any more, also when this function fails.
 * Errors: INVALID_ARGUMENT, UNSUPPORTED (a dtype without a PyTorch name, lanes, a negative stride, a device that is not the
 * CPU), OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_from_dlpack(wp_tensor **out, struct DLManagedTensor *managed);

/**
 * @brief A DLPack capsule over a tensor's memory; nothing is copied. The consumer calls its deleter.
 *
 * The memory may be a read-only mapping: DLPack 0.x cannot say so; use wp_tensor_contiguous() first to hand out memory
 * that may be written. Errors: UNSUPPORTED (sparse, quantized, conj or neg, or a dtype that DLPack lacks), and those of
 * wp_tensor_data(). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_to_dlpack(struct DLManagedTensor **out, const wp_tensor *tensor);

/** @brief One more reference. Returns its argument. Any thread. Since 0.1. */
WP_API wp_tensor *wp_tensor_retain(const wp_tensor *tensor);
/** @brief One reference less; NULL is allowed. Any thread. Since 0.1. */
WP_API void wp_tensor_release(wp_tensor *tensor);
/** @} */

/** @name What a tensor is
 *  None of these can fail, read a file or block. A NULL tensor gives 0, false, NULL, "" or the constant for none.
 *  @{ */

/** @brief Element type. Since 0.1. */
WP_API wp_dtype wp_tensor_dtype(const wp_tensor *tensor);
/** @brief Number of dimensions; 0 for a scalar. Since 0.1. */
WP_API size_t wp_tensor_ndim(const wp_tensor *tensor);
/** @brief `ndim` sizes; borrowed from the tensor. Since 0.1. */
WP_API const int64_t *wp_tensor_shape(const wp_tensor *tensor);
/** @brief `ndim` strides in elements; borrowed from the tensor; NULL for a sparse one. Since 0.1. */
WP_API const int64_t *wp_tensor_strides(const wp_tensor *tensor);
/** @brief Elements from the start of the storage to the first element. Since 0.1. */
WP_API int64_t wp_tensor_storage_offset(const wp_tensor *tensor);
/** @brief Number of elements: the product of the shape. Since 0.1. */
WP_API int64_t wp_tensor_numel(const wp_tensor *tensor);
/** @brief Bytes of the elements when contiguous: numel times itemsize; of quint4x2 two and of quint2x4 four elements share one.
 *  Since 0.1. */
WP_API uint64_t wp_tensor_nbytes(const wp_tensor *tensor);
/** @brief Device it is on or was saved from: "cpu", "cuda:0", "meta", ...; borrowed from the tensor. Since 0.1. */
WP_API const char *wp_tensor_device(const wp_tensor *tensor);
/** @brief Strided or one of the sparse layouts. Since 0.1. */
WP_API wp_layout wp_tensor_layout(const wp_tensor *tensor);
/** @brief True if it was saved with requires_grad. Since 0.1. */
WP_API bool wp_tensor_requires_grad(const wp_tensor *tensor);
/** @brief True if it was saved as torch.nn.Parameter. Since 0.1. */
WP_API bool wp_tensor_is_parameter(const wp_tensor *tensor);
/** @brief True if the elements lie in row-major order without gaps. Since 0.1. */
WP_API bool wp_tensor_is_contiguous(const wp_tensor *tensor);
/** @brief True if the stored complex numbers stand for their conjugates (torch.Tensor.is_conj). Since 0.1. */
WP_API bool wp_tensor_is_conj(const wp_tensor *tensor);
/** @brief True if the stored numbers stand for their negatives (torch.Tensor.is_neg). Since 0.1. */
WP_API bool wp_tensor_is_neg(const wp_tensor *tensor);
/** @brief A number that is equal for two living tensors exactly if they share a storage; 0 if it has none (meta, sparse).
 *  Since 0.1. */
WP_API uint64_t wp_tensor_storage_id(const wp_tensor *tensor);
/** @brief Bytes of the whole storage; 0 if it has none. Since 0.1. */
WP_API uint64_t wp_tensor_storage_nbytes(const wp_tensor *tensor);
/** @brief Quantization scheme; WP_QSCHEME_NONE for an ordinary tensor. Since 0.1. */
WP_API wp_qscheme wp_tensor_qscheme(const wp_tensor *tensor);
/** @brief Scale of a per-tensor quantized tensor; 0 for others. Since 0.1. */
WP_API double wp_tensor_q_scale(const wp_tensor *tensor);
/** @brief Zero point of a per-tensor quantized tensor; 0 for others. Since 0.1. */
WP_API int64_t wp_tensor_q_zero_point(const wp_tensor *tensor);
/** @brief Dimension that the channels of a per-channel quantized tensor run over; -1 for others. Since 0.1. */
WP_API int64_t wp_tensor_q_per_channel_axis(const wp_tensor *tensor);
/** @brief A part of a sparse or per-channel quantized tensor; borrowed from the tensor, NULL if it has no such part.
 *  Since 0.1. */
WP_API const wp_tensor *wp_tensor_get_part(const wp_tensor *tensor, wp_tensor_part part);
/** @} */

/** @name Its bytes
 *  Read errors of the file behind a tensor (IO, CORRUPT, CALLBACK, LIMIT, OUT_OF_MEMORY) come from the first of these calls.
 *  A sparse or meta tensor has no bytes: UNSUPPORTED. A conj or neg bit is not applied by wp_tensor_data(), which shows the
 *  storage as it is; wp_tensor_read() and wp_tensor_contiguous() apply it.
 *  @{ */

/**
 * @brief The first element, in the byte order of this machine; zero-copy whenever the file allows.
 * @param out  borrowed from the tensor: valid while it lives. Follow the strides. Non-NULL also for an empty tensor.
 *
 * Errors: the read errors, UNSUPPORTED (also for quint4x2 and quint2x4 elements that begin within a byte). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_data(const void **out, const wp_tensor *tensor);

/**
 * @brief The first element, to be written.
 *
 * Errors: as wp_tensor_data(), and UNSUPPORTED for memory that is read-only: a mapped file, or wrapped as such. Copy with
 * wp_tensor_contiguous() first, or see wp_tensor_private_data(). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_mutable_data(void **out, wp_tensor *tensor);

/**
 * @brief The first element, to be written in private.
 *
 * As wp_tensor_mutable_data(); and where the bytes are a mapped file, the mapping becomes copy-on-write. Pages that are written
 * become this process's own: the file never changes, every tensor of the same storage sees what was written, and saving writes
 * it. Whoever writes must be alone with the tensors of that storage, but any number of threads may call this.
 *
 * Errors: as wp_tensor_data(), UNSUPPORTED for other memory that is read-only (wrapped as such, wp_checkpoint_open_memory(),
 * the `map` of a wp_source), and OUT_OF_MEMORY where the system refuses. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_private_data(void **out, wp_tensor *tensor);

/**
 * @brief Copies the elements, in row-major order and converted, into the caller's memory.
 * @param buffer  `nbytes` bytes, any alignment
 * @param nbytes  must be numel times the itemsize of `as`, or wp_tensor_nbytes() for its own dtype
 * @param as      wanted dtype
 *
 * float8, float16, bfloat16, float32, float64, the integers of 8 to 64 bits and bool convert into each other as Tensor.to()
 * does, complex ones too (a complex number to a real dtype keeps the real part; to bool, it is whether either part is not 0).
 * Quantized, packed and smaller dtypes are copied into their own dtype only, quint4x2 and quint2x4 only if contiguous. Errors:
 * the read errors, INVALID_ARGUMENT (an unknown dtype), MISMATCH (`nbytes` is another number), UNSUPPORTED (no such
 * conversion). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_read(const wp_tensor *tensor, void *buffer, size_t nbytes, wp_dtype as);

/**
 * @brief An owned, contiguous, writable copy in memory of the CPU, with its device "cpu".
 * @param out  new reference
 *
 * requires_grad, is_parameter and the quantizer are kept; what another library keeps the history of (wp_tensor_backend()) has
 * none as a copy, and requires no gradient. Errors: the read errors, UNSUPPORTED. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_contiguous(wp_tensor **out, const wp_tensor *tensor);

/**
 * @brief As wp_tensor_contiguous(), in another dtype by the rules of wp_tensor_read().
 * @param out  new reference
 *
 * Converted to a dtype that is neither floating point nor complex it requires no gradient, as with Tensor.to().
 * Errors: the read errors, INVALID_ARGUMENT (an unknown dtype), UNSUPPORTED. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_to(wp_tensor **out, const wp_tensor *tensor, wp_dtype dtype);

/**
 * @brief The number in a tensor of one element.
 *
 * Errors: the read errors, MISMATCH (it has not one element), UNSUPPORTED (complex, quantized or packed). Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_item(double *out, const wp_tensor *tensor);

/**
 * @brief Another view of the same storage: torch.as_strided.
 * @param out      new reference
 * @param offset   in elements from the start of the storage
 * @param shape    `ndim` sizes, each >= 0
 * @param strides  `ndim` strides in elements, each >= 0; NULL = contiguous
 *
 * Conj and neg bits and requires_grad are those of `tensor`; what another library keeps the history of (wp_tensor_backend())
 * has none as a view, and requires no gradient. Errors: INVALID_ARGUMENT, MISMATCH (outside the storage),
 * UNSUPPORTED (sparse, meta, quantized), OUT_OF_MEMORY. Since 0.1.
 */
WP_API WP_WARN_UNUSED wp_error *wp_tensor_view(wp_tensor **out, const wp_tensor *tensor, int64_t offset, const int64_t *shape,
                                               const int64_t *strides, size_t ndim);
/** @} */

WP_END_DECLS

#endif
