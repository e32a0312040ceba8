// SPDX-License-Identifier: MIT
#include "interrupt.hpp"

#include <signal.h>

#include "handles.hpp"

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// Never released: a signal may come until the very end.
wp_cancel *token = nullptr;
volatile sig_atomic_t caught = 0;

void handle(int number) {
  caught = number;
  wp_cancel_request(token);
}

// What was ignored stays so, as for a command under nohup.
void take_over(int number) {
  struct sigaction old, action = {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  if (sigaction(number, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
}

}  // namespace

wp_cancel *interrupt_token() {
  if (!token) {
    check(wp_cancel_create(&token));
    for (int number : kSignals) take_over(number);
  }
  return token;
}

void end_if_interrupted() {
  if (!caught) return;
  signal(caught, SIG_DFL);
  raise(caught);
}
