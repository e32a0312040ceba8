/* SPDX-License-Identifier: MIT */
/*
 * For virtual machines, which make exceptions of SIGSEGV and its like. UCX, which comes with Debian 13's libtorch by way of MPI, puts
 * handlers of its own in their place while it is loaded, and then a null pointer may end the process: the old ones are put back.
 */
%begin %{
#define _GNU_SOURCE /* RTLD_DEFAULT */
%}
%{
#ifndef _WIN32
#include <dlfcn.h>

/* When this library is loaded, and after all that it needs. */
__attribute__((constructor)) static void wpb_give_signals_back(void) {
  void (*disable)(void);
  *(void **)&disable = dlsym(RTLD_DEFAULT, "ucs_debug_disable_signals");
  if (disable) disable();
}
#endif
%}
