// SPDX-License-Identifier: MIT
// The mathematics of torch.optim.lr_scheduler, in Python's order of operations, so that numbers agree to the last bit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "optim/named_values.hpp"

namespace weightport::libtorch {

// One group, when its next learning rate is asked for.
struct LrStep {
  const NamedValues &state;
  int64_t last_epoch;
  // The scheduler is just being made.
  bool first;
  double lr;
  double base_lr;
};

// A scheduler whose step() takes no argument.
struct Schedule {
  const char *name;
  // The keyword arguments, in the order in which Python keeps them; those without a default are null.
  const char *arguments;
  double (*next_lr)(const LrStep &step);
};

// Null if there is none of this name.
const Schedule *find_schedule(const std::string &name) noexcept;

// One argument or saved attribute of a scheduler. Throws, with the name as the key, MISMATCH for another kind,
// INVALID_ARGUMENT for an impossible one. Names that are not known are fine.
void check_scheduler_value(const std::string &name, const Value &value);

// collections.Counter of ints, in which Python keeps milestones; and how often it counts one.
Value make_counter(const Value &list);
int64_t count_in(const Value &counter, int64_t number);

// ReduceLROnPlateau: whether the metric is better than the best one.
bool is_better(const NamedValues &state, double metric, double best);

}  // namespace weightport::libtorch
