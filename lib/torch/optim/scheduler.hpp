// SPDX-License-Identifier: MIT
// torch.optim.lr_scheduler: schedulers whose attributes are Python's.
#pragma once

#include <functional>
#include <string>

#include "base/ref.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"

namespace weightport::libtorch {

// One thread at a time, together with its optimizer.
class Scheduler : public RefCounted {
 public:
  // The next epoch. Throws UNSUPPORTED where a metric is needed.
  virtual void step() = 0;
  // The same for the one that watches a metric; UNSUPPORTED for the others.
  virtual void step(double metric) = 0;

  // Throws NOT_FOUND.
  double last_lr(size_t group) const;
  Value state_dict() const { return state_.to_dict(); }
  // Throws before anything is changed.
  void load_state_dict(const Value &state_dict);

 protected:
  explicit Scheduler(Ref<Optimizer> optimizer) : optimizer_(std::move(optimizer)) {}

  void keep_last_lr();
  virtual void check_loaded(const NamedValues &state) const = 0;

  Ref<Optimizer> optimizer_;
  // What Python has for attributes, but for the optimizer.
  NamedValues state_;
};

// Throws as wp_scheduler_create() says.
Ref<Scheduler> create_scheduler(const std::string &name, Ref<Optimizer> optimizer, const NamedValues &options);

using LrLambda = std::function<double(int64_t epoch, size_t group)>;
Ref<Scheduler> create_lambda_scheduler(Ref<Optimizer> optimizer, LrLambda lambda);

}  // namespace weightport::libtorch
