/* SPDX-License-Identifier: MIT */
/*
 * Go: an address is a uintptr, also that of a text which C returns. A string or []T is lent for the call, and a nil slice is
 * NULL; what is allocated together with a slice must hold no pointer, or cgo panics. An `out` is a pointer to a Go variable. A
 * callback token is the uintptr of a cgo.Handle; the functions that are called with it stand in
 * bindings/go/internal/raw/callback.go.
 */
%insert(cgo_comment) %{
#cgo pkg-config: weightport
%}

/* Addresses. */
%typemap(gotype) SWIGTYPE *, char *, void * "uintptr"
%typemap(in) SWIGTYPE *, char *, void * %{ $1 = ($1_ltype)$input; %}
%typemap(out) SWIGTYPE *, char *, void * %{ $result = ($1_ltype)$1; %}
%typemap(goout) SWIGTYPE *, char *, void * ""
%typemap(freearg) char * ""

/* Lent for the call. */
%define %wp_slice(TYPE, GOTYPE)
%typemap(gotype) TYPE "[]" ## #GOTYPE
%typemap(in) TYPE %{ $1 = ($1_ltype)$input.array; %}
%typemap(freearg) TYPE ""
%enddef
%wp_slice(const char *WP_TEXT, byte)
%wp_slice(const int64_t *WP_ARRAY, int64)
%wp_slice(const wp_value *const *WP_ARRAY, uintptr)
%wp_slice(void *WP_BUFFER, byte)
%wp_slice(int64_t *FACTS, int64)
%typemap(gotype) const void *WP_BYTES "string"
%typemap(in) const void *WP_BYTES %{ $1 = $input.p; %}
%typemap(gotype) (const char *WP_TEXT, size_t WP_SIZE) "string"
%typemap(in) (const char *WP_TEXT, size_t WP_SIZE) %{
  $1 = $input.p ? $input.p : (char *)"";
  $2 = (size_t)$input.n;
%}
%typemap(freearg) (const char *WP_TEXT, size_t WP_SIZE) ""

/* Results by address. */
%define %wp_out(TYPE, GOTYPE)
%typemap(gotype) TYPE "*" ## #GOTYPE
%typemap(in) TYPE %{ $1 = ($1_ltype)$input; %}
%enddef
%wp_out(SWIGTYPE **WP_OUT, uintptr)
%wp_out(int64_t *WP_OUT, int64)
%wp_out(double *WP_OUT, float64)
%wp_out(bool *WP_OUT, bool)
%wp_out(int32_t *WP_OUT, int32)
%wp_out(size_t *WP_OUT, uint64)

/* Callbacks. */
%{
#include <stdint.h>

extern int32_t wpGoReadAt(uint64_t offset, void *buffer, size_t size, uintptr_t token);
extern int32_t wpGoWrite(void *bytes, size_t size, uintptr_t token);
extern int32_t wpGoProgress(uint64_t done_bytes, uint64_t total_bytes, uintptr_t token);
extern void wpGoClose(uintptr_t token);

static inline int32_t wpb_read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  return wpGoReadAt(offset, buffer, size, (uintptr_t)user);
}
static inline int32_t wpb_write(const void *bytes, size_t size, void *user) {
  return wpGoWrite((void *)bytes, size, (uintptr_t)user);
}
static inline int32_t wpb_progress(uint64_t done_bytes, uint64_t total_bytes, void *user) {
  return wpGoProgress(done_bytes, total_bytes, (uintptr_t)user);
}
static inline void wpb_close(void *user) { wpGoClose((uintptr_t)user); }

/* An io.Writer has no end of its own, and whoever makes a handle for one call deletes it after the call. */
static inline int32_t wpb_finish(void *user) {
  (void)user;
  return 0;
}
static inline void wpb_abort(void *user) { (void)user; }
static inline void wpb_forget(void *user) { (void)user; }
%}
