// SPDX-License-Identifier: MIT
// The parts of libtorch that nearly every file here needs, precompiled.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/nn/module.h>
