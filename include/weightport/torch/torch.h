/* SPDX-License-Identifier: MIT */
/**
 * @file torch.h
 * @brief Everything in libweightport-torch: models, losses, optimizers and schedulers on libtorch.
 *
 * Link libweightport-torch, which brings libweightport with it. Its calls use the same tensors, values, state_dicts and errors.
 */
#ifndef WEIGHTPORT_TORCH_TORCH_H
#define WEIGHTPORT_TORCH_TORCH_H

#include "../weightport.h"
#include "autograd.h"
#include "loss.h"
#include "model.h"
#include "optimizer.h"
#include "runtime.h"
#include "scheduler.h"

#endif
