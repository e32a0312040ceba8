/* SPDX-License-Identifier: MIT */
/* What the programs of the guides do on an error that they do not expect: say it, and end. */
#ifndef WEIGHTPORT_CHECK_H
#define WEIGHTPORT_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <weightport/weightport.h>

static inline void check(wp_error *err) {
  if (!err) return;
  fprintf(stderr, "%s\n", wp_error_message(err));
  wp_error_release(err);
  exit(1);
}

#endif
