/* SPDX-License-Identifier: MIT */
/*
 * Calls from C into org.weightport.internal.Callback, an abstract class whose methods keep what they throw and return its
 * number, for wp_error_status(), instead:
 *
 *     int readAt(long offset, ByteBuffer memory);  int write(ByteBuffer memory);  int finish();  void abort();
 *     int progress(long done, long total);  void close();
 *
 * They come on any thread: one that the virtual machine does not know is attached to it for the call. Each module asks for the
 * fragment, and may define WPJ_MORE_METHODS(env, callback) before it to look up methods of its own.
 */
%typemap(jni) void *WP_CALLBACK "jobject"
%typemap(jtype) void *WP_CALLBACK "Callback"
%typemap(jstype) void *WP_CALLBACK "Callback"
%typemap(javain) void *WP_CALLBACK "$javainput"
%typemap(in) void *WP_CALLBACK %{ $1 = $input ? (*jenv)->NewGlobalRef(jenv, $input) : NULL; %}

%fragment("wpj_callback", "header") %{
#include <stdint.h>

static JavaVM *wpj_vm;
static jmethodID wpj_read_at, wpj_write, wpj_finish, wpj_abort, wpj_progress, wpj_close;

typedef struct {
  JNIEnv *env;
  int attached;
} wpj_thread;

static int wpj_enter(wpj_thread *thread) {
  thread->attached = 0;
  if ((*wpj_vm)->GetEnv(wpj_vm, (void **)&thread->env, JNI_VERSION_1_8) == JNI_OK) return 1;
  thread->attached = (*wpj_vm)->AttachCurrentThreadAsDaemon(wpj_vm, (void **)&thread->env, NULL) == JNI_OK;
  return thread->attached;
}

/* What a method threw although it should not is a failure of the callback, and stops here. */
static int32_t wpj_leave(wpj_thread *thread, int32_t result) {
  if ((*thread->env)->ExceptionCheck(thread->env)) {
    (*thread->env)->ExceptionClear(thread->env);
    result = -1;
  }
  if (thread->attached) (*wpj_vm)->DetachCurrentThread(wpj_vm);
  return result;
}

static int32_t wpb_read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  /* A ByteBuffer holds less than 2 GiB. */
  const size_t most = (size_t)1 << 30;
  wpj_thread thread;
  int32_t result = 0;
  if (!wpj_enter(&thread)) return -1;
  JNIEnv *env = thread.env;
  for (size_t done = 0; !result && done < size;) {
    size_t part = size - done < most ? size - done : most;
    jobject bytes = (*env)->NewDirectByteBuffer(env, (char *)buffer + done, (jlong)part);
    result = bytes ? (*env)->CallIntMethod(env, (jobject)user, wpj_read_at, (jlong)(offset + done), bytes) : -1;
    if ((*env)->ExceptionCheck(env)) result = -1;
    if (bytes) (*env)->DeleteLocalRef(env, bytes);
    done += part;
  }
  return wpj_leave(&thread, result);
}

static int32_t wpb_write(const void *bytes, size_t size, void *user) {
  const size_t most = (size_t)1 << 30;
  wpj_thread thread;
  int32_t result = 0;
  if (!wpj_enter(&thread)) return -1;
  JNIEnv *env = thread.env;
  for (size_t done = 0; !result && done < size;) {
    size_t part = size - done < most ? size - done : most;
    jobject buffer = (*env)->NewDirectByteBuffer(env, (char *)bytes + done, (jlong)part);
    result = buffer ? (*env)->CallIntMethod(env, (jobject)user, wpj_write, buffer) : -1;
    if ((*env)->ExceptionCheck(env)) result = -1;
    if (buffer) (*env)->DeleteLocalRef(env, buffer);
    done += part;
  }
  return wpj_leave(&thread, result);
}

static int32_t wpb_progress(uint64_t done_bytes, uint64_t total_bytes, void *user) {
  wpj_thread thread;
  if (!wpj_enter(&thread)) return -1;
  return wpj_leave(&thread, (*thread.env)->CallIntMethod(thread.env, (jobject)user, wpj_progress, (jlong)done_bytes,
                                                        (jlong)total_bytes));
}

static int32_t wpb_finish(void *user) {
  wpj_thread thread;
  if (!wpj_enter(&thread)) return -1;
  return wpj_leave(&thread, (*thread.env)->CallIntMethod(thread.env, (jobject)user, wpj_finish));
}

static void wpb_abort(void *user) {
  wpj_thread thread;
  if (!wpj_enter(&thread)) return;
  (*thread.env)->CallVoidMethod(thread.env, (jobject)user, wpj_abort);
  wpj_leave(&thread, 0);
}

static void wpb_forget(void *user) {
  wpj_thread thread;
  if (!user || !wpj_enter(&thread)) return;
  (*thread.env)->DeleteGlobalRef(thread.env, (jobject)user);
  wpj_leave(&thread, 0);
}

static void wpb_close(void *user) {
  wpj_thread thread;
  if (!wpj_enter(&thread)) return;
  (*thread.env)->CallVoidMethod(thread.env, (jobject)user, wpj_close);
  (*thread.env)->DeleteGlobalRef(thread.env, (jobject)user);
  wpj_leave(&thread, 0);
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
  JNIEnv *env;
  (void)reserved;
  wpj_vm = vm;
  if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK) return JNI_ERR;
  jclass callback = (*env)->FindClass(env, "org/weightport/internal/Callback");
  if (!callback) return JNI_ERR;
  wpj_read_at = (*env)->GetMethodID(env, callback, "readAt", "(JLjava/nio/ByteBuffer;)I");
  wpj_write = (*env)->GetMethodID(env, callback, "write", "(Ljava/nio/ByteBuffer;)I");
  wpj_finish = (*env)->GetMethodID(env, callback, "finish", "()I");
  wpj_abort = (*env)->GetMethodID(env, callback, "abort", "()V");
  wpj_progress = (*env)->GetMethodID(env, callback, "progress", "(JJ)I");
  wpj_close = (*env)->GetMethodID(env, callback, "close", "()V");
#ifdef WPJ_MORE_METHODS
  WPJ_MORE_METHODS(env, callback);
#endif
  return (*env)->ExceptionCheck(env) ? JNI_ERR : JNI_VERSION_1_8;
}
%}
