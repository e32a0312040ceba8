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

extern int32_t wpGoClosure(uintptr_t *loss, uintptr_t token);
extern double wpGoLRLambda(int64_t epoch, size_t group, uintptr_t token);

static inline int32_t wpb_closure(wp_tensor **loss, void *user) {
  uintptr_t address;
  int32_t status = wpGoClosure(&address, (uintptr_t)user);
  *loss = (wp_tensor *)address;
  return status;
}
static inline double wpb_lr_lambda(int64_t epoch, size_t group, void *user) {
  return wpGoLRLambda(epoch, group, (uintptr_t)user);
}
static inline void wpb_forget(void *user) { (void)user; }
%}
