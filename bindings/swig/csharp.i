/* SPDX-License-Identifier: MIT */
/*
 * C#: an address is an IntPtr, also that of a text which C returns; a size or count is a UIntPtr. Every argument can be
 * passed as it lies in memory. A text is a byte[] of UTF-8, with a NUL at its end where no size follows; null is NULL. An `out` is an out parameter. A callback token is the IntPtr of a GCHandle, and wpb_set_callbacks() is given,
 * once, a function pointer for each kind of call. SWIG's own helpers for strings and exceptions are switched off.
 *
 * All functions are static methods of NativePINVOKE; the class Native calls the same and makes no objects.
 */
%pragma(csharp) moduleclassmodifiers="internal static unsafe class"
%pragma(csharp) imclassclassmodifiers="internal static unsafe class"
%csconst(1);

%define %wp_blittable(TYPE, CTYPE, CSTYPE)
%typemap(ctype) TYPE "CTYPE"
%typemap(imtype) TYPE "CSTYPE"
%typemap(cstype) TYPE "CSTYPE"
%typemap(csin) TYPE "$csinput"
%typemap(csout, excode="") TYPE { return $imcall; }
%typemap(in) TYPE %{ $1 = ($1_ltype)$input; %}
%typemap(out) TYPE %{ $result = ($1_ltype)$1; %}
%typemap(freearg) TYPE ""
%enddef

/* Addresses, sizes and counts. */
%wp_blittable(SWIGTYPE *, void *, global::System.IntPtr)
%typemap(out) SWIGTYPE * %{ $result = (void *)$1; %}
%apply SWIGTYPE * { char *, const char *, void *, const void * };
%wp_blittable(size_t, size_t, global::System.UIntPtr)

/* One byte in both worlds. */
%wp_blittable(bool, unsigned char, byte)
%typemap(cstype) bool "bool"
%typemap(csin) bool "(byte)($csinput ? 1 : 0)"
%typemap(csout, excode="") bool { return $imcall != 0; }
%typemap(out) bool %{ $result = $1 ? 1 : 0; %}

/* Lent for the call. */
%wp_blittable(const char *WP_TEXT, const char *, byte[])
%wp_blittable(const char *utf8, const char *, byte*)
%wp_blittable(const int64_t *WP_ARRAY, const int64_t *, long*)
%wp_blittable(const wp_value *const *WP_ARRAY, void *, global::System.IntPtr[])
%wp_blittable(const void *WP_BYTES, void *, void*)
%wp_blittable(void *WP_BUFFER, void *, void*)
%wp_blittable(int64_t *FACTS, int64_t *, long*)
%apply SWIGTYPE * { void *WP_CALLBACK };

/* Results by address. */
%define %wp_out(TYPE, CTYPE, CSTYPE)
%wp_blittable(TYPE, CTYPE, out CSTYPE)
%typemap(csin) TYPE "out $csinput"
%enddef
%wp_out(SWIGTYPE **WP_OUT, void *, global::System.IntPtr)
%wp_out(int64_t *WP_OUT, int64_t *, long)
%wp_out(double *WP_OUT, double *, double)
%wp_out(bool *WP_OUT, void *, byte)
%wp_out(int32_t *WP_OUT, int32_t *, int)
%wp_out(size_t *WP_OUT, size_t *, global::System.UIntPtr)

/* Callbacks. */
%{
#include <stdint.h>
%}
%inline %{
typedef int32_t (*wpb_read_at_function)(uint64_t offset, void *buffer, size_t size, void *user);
typedef int32_t (*wpb_write_function)(const void *bytes, size_t size, void *user);
typedef int32_t (*wpb_progress_function)(uint64_t done_bytes, uint64_t total_bytes, void *user);
typedef int32_t (*wpb_finish_function)(void *user);
typedef void (*wpb_end_function)(void *user);
%}
%{
static struct {
  wpb_read_at_function read_at;
  wpb_write_function write;
  wpb_progress_function progress;
  wpb_finish_function finish;
  wpb_end_function abort, close;
} wpcs;

static int32_t wpb_read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  return wpcs.read_at(offset, buffer, size, user);
}
static int32_t wpb_write(const void *bytes, size_t size, void *user) { return wpcs.write(bytes, size, user); }
static int32_t wpb_progress(uint64_t done_bytes, uint64_t total_bytes, void *user) {
  return wpcs.progress(done_bytes, total_bytes, user);
}
static int32_t wpb_finish(void *user) { return wpcs.finish(user); }
static void wpb_abort(void *user) { wpcs.abort(user); }
static void wpb_close(void *user) { wpcs.close(user); }
/* Whoever makes a GCHandle for one call frees it after the call. */
static void wpb_forget(void *user) { (void)user; }
%}
%inline %{
/* The delegates behind the pointers must live as long as the program: keep them in static fields. */
static void wpb_set_callbacks(wpb_read_at_function read_at, wpb_write_function write, wpb_progress_function progress,
                              wpb_finish_function finish, wpb_end_function abort, wpb_end_function close) {
  wpcs.read_at = read_at;
  wpcs.write = write;
  wpcs.progress = progress;
  wpcs.finish = finish;
  wpcs.abort = abort;
  wpcs.close = close;
}
%}
