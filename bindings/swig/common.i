/* SPDX-License-Identifier: MIT */
/*
 * What every module of the raw layer needs before it includes a header: plain macros, the integers of stdint.h, the typemaps
 * of the language at hand, and which parameters of the API they are for.
 */
#define WP_STATIC

/* 64-bit integers keep their names in C, whichever type they are there. */
typedef int int32_t;
typedef unsigned int uint32_t;
%apply long long { int64_t };
%apply unsigned long long { uint64_t };

#if defined(SWIGGO)
%include "go.i"
#elif defined(SWIGJAVA)
%include "java.i"
#elif defined(SWIGCSHARP)
%include "csharp.i"
#else
#error no typemaps for this language
#endif

/* Texts that end in a NUL, which may be NULL; texts with a size. */
%apply const char *WP_TEXT {
  const char *class_name, const char *decimal, const char *from, const char *key, const char *message, const char *name,
  const char *path, const char *prefix, const char *text, const char *to
};
#ifndef SWIGCSHARP
%apply (const char *WP_TEXT, size_t WP_SIZE) {
  (const char *key, size_t key_size), (const char *name, size_t size), (const char *text, size_t size),
  (const char *utf8, size_t utf8_size)
};
#endif

/* Arrays that C reads during the call, and memory that it fills. Their length is a parameter of its own, as in C. */
%apply const int64_t *WP_ARRAY { const int64_t *shape, const int64_t *strides };
%apply const wp_value *const *WP_ARRAY { const wp_value *const *items };
%apply const void *WP_BYTES { const void *bytes };
%apply void *WP_BUFFER { void *buffer };

/* Results by address. */
%apply SWIGTYPE **WP_OUT { SWIGTYPE **, const char **, void **, const void ** };
%apply int64_t *WP_OUT { int64_t *out };
%apply double *WP_OUT { double *out, double *real, double *imag };
%apply bool *WP_OUT { bool *out };
%apply int32_t *WP_OUT { wp_dtype *out };
%apply size_t *WP_OUT { size_t *size };
