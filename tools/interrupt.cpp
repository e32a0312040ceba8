// SPDX-License-Identifier: MIT
#include "interrupt.hpp"

#include <signal.h>

#include "handles.hpp"
#include "system.hpp"

namespace {

// Never released: a signal may come until the very end.
wp_cancel *token = nullptr;
volatile sig_atomic_t caught = 0;

void handle(int number) {
  // Of the number that came first the action is the default again already, of the others once they came.
  if (caught) raise(number);
  caught = number;
  wp_cancel_request(token);
}

}  // namespace

wp_cancel *interrupt_token() {
  if (!token) {
    check(wp_cancel_create(&token));
    take_over_signals(handle);
  }
  return token;
}

void end_if_interrupted() {
  if (!caught) return;
  signal(caught, SIG_DFL);
  raise(caught);
}
