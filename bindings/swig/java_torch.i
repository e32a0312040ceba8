/* SPDX-License-Identifier: MIT */
/*
 * Two more methods of org.weightport.internal.Callback:
 *
 *     int closure(long[] loss);  // a new reference
 *     double lrLambda(long epoch, long group);
 */
%pragma(java) moduleclassmodifiers="public final class"
%pragma(java) jniclassclassmodifiers="public final class"
%pragma(java) jniclasscode=%{
  static {
    Native.wp_abi_version(); // The library below comes first.
    NativeLibrary.load("weightport_torch_java");
  }
%}

%{
static jmethodID wpj_closure, wpj_lr_lambda;

#define WPJ_MORE_METHODS wpj_find_torch
static void wpj_find_torch(JNIEnv *env, jclass callback) {
  wpj_closure = (*env)->GetMethodID(env, callback, "closure", "([J)I");
  wpj_lr_lambda = (*env)->GetMethodID(env, callback, "lrLambda", "(JJ)D");
}
%}
%fragment("wpj_callback");
%{
static int32_t wpb_closure(wp_tensor **loss, void *user) {
  wpj_thread thread;
  jlong address = 0;
  int32_t status = -1;
  *loss = NULL;
  if (!wpj_enter(&thread)) return -1;
  JNIEnv *env = thread.env;
  jlongArray out = (*env)->NewLongArray(env, 1);
  if (out) status = (*env)->CallIntMethod(env, (jobject)user, wpj_closure, out);
  if (!(*env)->ExceptionCheck(env) && !status) (*env)->GetLongArrayRegion(env, out, 0, 1, &address);
  if (out) (*env)->DeleteLocalRef(env, out);
  *loss = (wp_tensor *)(intptr_t)address;
  return wpj_leave(&thread, status);
}

static double wpb_lr_lambda(int64_t epoch, size_t group, void *user) {
  wpj_thread thread;
  if (!wpj_enter(&thread)) return 1;
  double factor = (*thread.env)->CallDoubleMethod(thread.env, (jobject)user, wpj_lr_lambda, (jlong)epoch, (jlong)group);
  wpj_leave(&thread, 0);
  return factor;
}
%}
%include "signals.i"
