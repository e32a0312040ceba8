// SPDX-License-Identifier: MIT
// What PyTorch's optimizers can be told, by name: of which kind it is, in which range, and whether libtorch can do it.
#pragma once

#include <string>

#include "optim/named_values.hpp"

namespace weightport::libtorch {

enum class Ranges {
  kCheck,   // as Python does where an optimizer is made
  kIgnore,  // as Python does where a state is loaded
};

// Throws, with `path` as the key, MISMATCH for a value of another kind, INVALID_ARGUMENT for one out of its range, UNSUPPORTED
// for one that libtorch cannot honour. What has no name here is fine. `defaults` are the class's.
void check_hyperparameter(const std::string &name, const Value &value, const NamedValues &defaults, Ranges ranges,
                          const std::string &path);

// Conditions on several of them, checked where Python checks them.
void check_together(const NamedValues &hyperparameters);

// Whether the name means something to some optimizer.
bool is_hyperparameter(const std::string &name);

// Whether Python fills it in where an older file lacks it.
bool was_added_later(const std::string &name);

// JSON has no tuples, and PyTorch shows betas as one.
Value normalized(const std::string &name, const Value &value);

}  // namespace weightport::libtorch
