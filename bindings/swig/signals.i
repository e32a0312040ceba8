/* SPDX-License-Identifier: MIT */
/*
 * For virtual machines, which make exceptions of these signals. A library that comes with libtorch may put handlers of its own in
 * their place while it is loaded, as UCX does in Debian 13, and then a null pointer ends the process: the old ones are put back.
 */
%{
#ifndef _WIN32
#include <signal.h>

static const int wpb_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { WPB_SIGNALS = sizeof wpb_signals / sizeof wpb_signals[0] };
static struct sigaction wpb_handlers[WPB_SIGNALS];
#endif
%}
%inline %{
/* Before the other library is loaded, on one thread. */
static void wpb_keep_signals(void) {
#ifndef _WIN32
  for (int i = 0; i < WPB_SIGNALS; i++) sigaction(wpb_signals[i], NULL, &wpb_handlers[i]);
#endif
}

/* After it. */
static void wpb_restore_signals(void) {
#ifndef _WIN32
  for (int i = 0; i < WPB_SIGNALS; i++) sigaction(wpb_signals[i], &wpb_handlers[i], NULL);
#endif
}
%}
