/* SPDX-License-Identifier: MIT */
/*
 * Java: an address is a long, also that of a text which C returns (Native.wpb_text() copies it). Texts go in as the UTF-8
 * bytes, never as a String, whose JNI form is not UTF-8; null is NULL. An `out` is an array with one element. A callback
 * token is an org.weightport.internal.Callback, of which C holds a global reference until it is done with it.
 *
 * All methods are static natives of NativeJNI; the class Native calls the same and makes no objects.
 */
%pragma(java) moduleclassmodifiers="public final class"
%pragma(java) jniclassclassmodifiers="public final class"
%pragma(java) jniclasscode=%{
  static {
    NativeLibrary.load("weightport_java");
  }
%}
%javaconst(1);

/* Addresses, sizes and counts. */
%define %wp_long(TYPE)
%typemap(jni) TYPE "jlong"
%typemap(jtype) TYPE "long"
%typemap(jstype) TYPE "long"
%typemap(javain) TYPE "$javainput"
%typemap(javaout) TYPE { return $jnicall; }
%enddef
%wp_long(SWIGTYPE *)
%typemap(in) SWIGTYPE * %{ $1 = ($1_ltype)(intptr_t)$input; %}
%typemap(out) SWIGTYPE * %{ $result = (jlong)(intptr_t)$1; %}
%apply SWIGTYPE * { char *, const char *, void *, const void * };
%typemap(freearg) char *, const char * ""
%wp_long(uint64_t)
%wp_long(size_t)
%wp_long(unsigned int)
%typemap(in) uint64_t, size_t, unsigned int %{ $1 = ($1_ltype)$input; %}
%typemap(out) uint64_t, size_t, unsigned int %{ $result = (jlong)$1; %}

/* Arrays lent for the call. */
%define %wp_lent(TYPE, JNI, JTYPE)
%typemap(jni) TYPE "JNI"
%typemap(jtype) TYPE "JTYPE"
%typemap(jstype) TYPE "JTYPE"
%typemap(javain) TYPE "$javainput"
%typemap(freearg) TYPE ""
%enddef

/* Short ones are copied to the stack: that is faster than any other way. */
%fragment("wpj_lent", "header") %{
#include <stdlib.h>
#include <string.h>

typedef struct {
  jbyte *bytes, stack[256];
} wpj_bytes;

static int wpj_lend(JNIEnv *env, wpj_bytes *lent, jbyteArray array, jsize size) {
  lent->bytes = lent->stack;
  if (size >= (jsize)sizeof lent->stack) lent->bytes = (jbyte *)malloc((size_t)size + 1);
  if (!lent->bytes) {
    (*env)->ThrowNew(env, (*env)->FindClass(env, "java/lang/OutOfMemoryError"), "no memory for a string");
    return 0;
  }
  (*env)->GetByteArrayRegion(env, array, 0, size, lent->bytes);
  lent->bytes[size] = 0;
  return 1;
}

static void wpj_return(wpj_bytes *lent) {
  if (lent->bytes != lent->stack) free(lent->bytes);
}
%}
%wp_lent(const char *WP_TEXT, jbyteArray, byte[])
%typemap(in, fragment="wpj_lent") const char *WP_TEXT (wpj_bytes lent) %{
  lent.bytes = lent.stack;
  $1 = NULL;
  if ($input) {
    if (!wpj_lend(jenv, &lent, $input, (*jenv)->GetArrayLength(jenv, $input))) return $null;
    $1 = (char *)lent.bytes;
  }
%}
%typemap(freearg) const char *WP_TEXT %{ wpj_return(&lent$argnum); %}
%wp_lent((const char *WP_TEXT, size_t WP_SIZE), jbyteArray, byte[])
%typemap(in, fragment="wpj_lent") (const char *WP_TEXT, size_t WP_SIZE) (wpj_bytes lent) %{
  $2 = (size_t)(*jenv)->GetArrayLength(jenv, $input);
  if (!wpj_lend(jenv, &lent, $input, (jsize)$2)) return $null;
  $1 = (char *)lent.bytes;
%}
%typemap(freearg) (const char *WP_TEXT, size_t WP_SIZE) %{ wpj_return(&lent$argnum); %}

%define %wp_elements(TYPE, JNI, JTYPE, KIND)
%wp_lent(TYPE, JNI, JTYPE)
%typemap(in) TYPE %{ $1 = $input ? ($1_ltype)(*jenv)->Get##KIND##ArrayElements(jenv, $input, NULL) : NULL; %}
%typemap(freearg) TYPE %{ if ($1) (*jenv)->Release##KIND##ArrayElements(jenv, $input, (void *)$1, JNI_ABORT); %}
%enddef
%wp_elements(const int64_t *WP_ARRAY, jlongArray, long[], Long)
%wp_elements(const wp_value *const *WP_ARRAY, jlongArray, long[], Long)
%wp_elements(const void *WP_BYTES, jbyteArray, byte[], Byte)

/* A direct buffer's address (wpb_address), or memory of C's. */
%apply SWIGTYPE * { void *WP_BUFFER };

/* Results by address. */
%define %wp_result(TYPE, CTYPE, JNI, JTYPE, KIND, ELEMENT)
%wp_lent(TYPE, JNI, JTYPE)
%typemap(in) TYPE (CTYPE temp = 0) %{ $1 = ($1_ltype)&temp; %}
%typemap(argout) TYPE {
  ELEMENT element = (ELEMENT)temp$argnum;
  if ($input) (*jenv)->Set##KIND##ArrayRegion(jenv, $input, 0, 1, &element);
}
%enddef
%wp_result(SWIGTYPE **WP_OUT, intptr_t, jlongArray, long[], Long, jlong)
%wp_result(int64_t *WP_OUT, int64_t, jlongArray, long[], Long, jlong)
%wp_result(size_t *WP_OUT, size_t, jlongArray, long[], Long, jlong)
%wp_result(double *WP_OUT, double, jdoubleArray, double[], Double, jdouble)
%wp_result(bool *WP_OUT, bool, jbooleanArray, boolean[], Boolean, jboolean)
%wp_result(int32_t *WP_OUT, int32_t, jintArray, int[], Int, jint)
%wp_lent(int64_t *FACTS, jlongArray, long[])
%typemap(in) int64_t *FACTS (int64_t temp[WPB_FACTS]) %{ $1 = temp; %}
%typemap(argout) int64_t *FACTS
  %{ (*jenv)->SetLongArrayRegion(jenv, $input, 0, WPB_FACTS, (const jlong *)$1); %}

%include "java_callback.i"

/* Memory of C's in Java's terms. */
%typemap(jni) jbyteArray wpb_text, jbyteArray wpb_copy "jbyteArray"
%typemap(jni) jlongArray wpb_longs "jlongArray"
%native(wpb_text) jbyteArray wpb_text(jlong address);
%native(wpb_copy) jbyteArray wpb_copy(jlong address, jlong size);
%native(wpb_longs) jlongArray wpb_longs(jlong address, jlong count);
%native(wpb_buffer) jobject wpb_buffer(jlong address, jlong size);
%native(wpb_address) jlong wpb_address(jobject buffer);
%native(wpb_tensor_read) jlong wpb_tensor_read(jlong tensor, jint dtype, jobject array, jlong nbytes);
%wrapper %{
#define WPJ(RETURN, NAME) JNIEXPORT RETURN JNICALL Java_org_weightport_internal_NativeJNI_wpb_1##NAME

/* A copy of bytes. */
WPJ(jbyteArray, copy)(JNIEnv *env, jclass cls, jlong address, jlong size) {
  (void)cls;
  jbyteArray array = (*env)->NewByteArray(env, (jsize)size);
  if (array) (*env)->SetByteArrayRegion(env, array, 0, (jsize)size, (const jbyte *)(intptr_t)address);
  return array;
}

/* A copy of the bytes of a text that ends in a NUL; null for NULL. */
WPJ(jbyteArray, text)(JNIEnv *env, jclass cls, jlong address) {
  const char *text = (const char *)(intptr_t)address;
  return text ? Java_org_weightport_internal_NativeJNI_wpb_1copy(env, cls, address, (jlong)strlen(text)) : NULL;
}

/* A copy of `count` int64_t: a shape, say. */
WPJ(jlongArray, longs)(JNIEnv *env, jclass cls, jlong address, jlong count) {
  (void)cls;
  jlongArray array = (*env)->NewLongArray(env, (jsize)count);
  if (array) (*env)->SetLongArrayRegion(env, array, 0, (jsize)count, (const jlong *)(intptr_t)address);
  return array;
}

/* A direct ByteBuffer over memory, at most 2^31 - 1 bytes, which the caller keeps alive. */
WPJ(jobject, buffer)(JNIEnv *env, jclass cls, jlong address, jlong size) {
  (void)cls;
  return (*env)->NewDirectByteBuffer(env, (void *)(intptr_t)address, size);
}

/* wp_tensor_read() into part of an array, by way of memory of C's: the collector may have to wait while an array is lent, so it
   is not lent to what may wait itself, for a disk or for code of the caller's. */
static wp_error *wpj_read_part(JNIEnv *env, const wp_tensor *tensor, wp_dtype dtype, jobject array, size_t at, void *memory,
                               size_t size) {
  wp_error *error = wp_tensor_read(tensor, memory, size, dtype);
  if (error || !size) return error;
  char *bytes = (char *)(*env)->GetPrimitiveArrayCritical(env, array, NULL);
  if (!bytes) return wp_error_create(WP_ERROR_OUT_OF_MEMORY, "no memory for an array", NULL);
  memcpy(bytes + at, memory, size);
  (*env)->ReleasePrimitiveArrayCritical(env, array, bytes, 0);
  return NULL;
}

/* The same of a row of elements, by views of some of them. */
static wp_error *wpj_read_row(JNIEnv *env, const wp_tensor *row, wp_dtype dtype, jobject array, size_t nbytes, void *memory,
                              size_t most) {
  wp_error *error = NULL;
  size_t itemsize = wp_dtype_itemsize(dtype), part;
  for (size_t at = 0; !error && at < nbytes; at += part) {
    part = nbytes - at < most ? nbytes - at : most;
    wp_tensor *view;
    int64_t count = (int64_t)(part / itemsize), first = wp_tensor_storage_offset(row) + (int64_t)(at / itemsize);
    error = wp_tensor_view(&view, row, first, &count, NULL, 1);
    if (error) break;
    error = wpj_read_part(env, view, dtype, array, at, memory, part);
    wp_tensor_release(view);
  }
  return error;
}

/* Fills an array of numbers, of `nbytes`, with all elements. Returns an error or 0. */
WPJ(jlong, tensor_1read)(JNIEnv *env, jclass cls, jlong tensor, jint dtype, jobject array, jlong nbytes) {
  (void)cls;
  const wp_tensor *from = (const wp_tensor *)(intptr_t)tensor;
  /* Parts that a cache holds, so that to copy them twice takes little longer; of a quantized tensor there are no views. */
  size_t size = (size_t)nbytes, most = (size_t)256 << 10;
  bool parts = size > most && wp_tensor_is_contiguous(from) && wp_tensor_qscheme(from) == WP_QSCHEME_NONE;
  jbyte small[8 << 10], *memory = small;
  if (!parts) most = size;
  if (most > sizeof small) memory = (jbyte *)malloc(most);
  wp_error *error = !memory ? wp_error_create(WP_ERROR_OUT_OF_MEMORY, "no memory for the elements", NULL)
                    : parts ? wpj_read_row(env, from, dtype, array, size, memory, most)
                            : wpj_read_part(env, from, dtype, array, 0, memory, size);
  if (memory != small) free(memory);
  return (jlong)(intptr_t)error;
}

/* Address of a direct buffer; 0 for another. */
WPJ(jlong, address)(JNIEnv *env, jclass cls, jobject buffer) {
  (void)cls;
  return (jlong)(intptr_t)(*env)->GetDirectBufferAddress(env, buffer);
}
%}
