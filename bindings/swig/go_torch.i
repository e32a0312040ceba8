/* SPDX-License-Identifier: MIT */
/* Callbacks into bindings/go/torch/internal/rawtorch/callback.go. */
%insert(cgo_comment) %{
#cgo pkg-config: weightport-torch
%}
%insert(go_header) %{
// SWIG imports it for the types of the other module, which are all addresses.
var _ = raw.Text
%}
%{
#include <stdint.h>

/* The tensor is a new reference; 0 fails the step. */
extern uintptr_t wpGoClosure(uintptr_t token);
extern double wpGoLRLambda(int64_t epoch, size_t group, uintptr_t token);

static inline int32_t wpb_closure(wp_tensor **loss, void *user) {
  *loss = (wp_tensor *)wpGoClosure((uintptr_t)user);
  return *loss ? 0 : -1;
}
static inline double wpb_lr_lambda(int64_t epoch, size_t group, void *user) {
  return wpGoLRLambda(epoch, group, (uintptr_t)user);
}
static inline void wpb_forget(void *user) { (void)user; }
%}
