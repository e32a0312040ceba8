/* SPDX-License-Identifier: MIT */
/**
 * @file weightport.h
 * @brief Everything in libweightport: PyTorch weights from C.
 *
 * Start with checkpoint.h (open a file), then state_dict.h (its weights by name), tensor.h (their bytes) and value.h (anything
 * else in the file). error.h says how failures are reported; io.h is for your own sources, limits, cancelling and progress.
 */
#ifndef WEIGHTPORT_WEIGHTPORT_H
#define WEIGHTPORT_WEIGHTPORT_H

#include "checkpoint.h"
#include "error.h"
#include "io.h"
#include "state_dict.h"
#include "tensor.h"
#include "value.h"
#include "version.h"

#endif
