// SPDX-License-Identifier: MIT
// Ctrl-C, and the other signals that ask a program to end, as a cancel token.
#pragma once

#include "weightport/io.h"

// The first call makes the token and takes over the signals; the second signal ends the program at once.
wp_cancel *interrupt_token();

// Ends the program by the signal that came, if one did, so that a shell knows.
void end_if_interrupted();
