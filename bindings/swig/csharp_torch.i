/* SPDX-License-Identifier: MIT */
%pragma(csharp) moduleclassmodifiers="internal static unsafe class"
%pragma(csharp) imclassclassmodifiers="internal static unsafe class"

%inline %{
typedef int32_t (*wpb_closure_function)(void **loss, void *user);
typedef double (*wpb_lr_lambda_function)(int64_t epoch, size_t group, void *user);
%}
%{
static wpb_closure_function wpcs_closure;
static wpb_lr_lambda_function wpcs_lr_lambda;

static int32_t wpb_closure(wp_tensor **loss, void *user) { return wpcs_closure((void **)loss, user); }
static double wpb_lr_lambda(int64_t epoch, size_t group, void *user) { return wpcs_lr_lambda(epoch, group, user); }
static void wpb_forget(void *user) { (void)user; }
%}
%inline %{
/* As wpb_set_callbacks(). The loss is a new reference. */
static void wpb_set_torch_callbacks(wpb_closure_function closure, wpb_lr_lambda_function lr_lambda) {
  wpcs_closure = closure;
  wpcs_lr_lambda = lr_lambda;
}
%}
%include "signals.i"
