// SPDX-License-Identifier: MIT
// A module that can run, whatever it came from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ref.hpp"
#include "exchange/ivalue.hpp"

namespace weightport::libtorch {

struct StateEntry {
  std::string name;
  at::Tensor tensor;
  bool is_parameter;
  bool is_batch_count = false;  // of a batch norm: 0 where a state_dict lacks it, as PyTorch's did before 0.4.1
};

// Tensor.set_data(), to and from the meta device too.
void replace_data(at::Tensor &tensor, const at::Tensor &data);

// One thread at a time. Whoever changes a tensor of the state changes it in place, by replace_data() where its memory is
// replaced, so that optimizers and the module's own members see it.
class Model : public RefCounted {
 public:
  // The model's method with values of Python's; `args` is a list or tuple, `kwargs` a dict, either may be null.
  c10::IValue call(const std::string &method, const wp_value *args, const wp_value *kwargs);
  virtual c10::IValue invoke(const std::string &method, Arguments args, const Keywords &kwargs) = 0;

  // What state_dict() lists, in its order: of each module its parameters, its buffers, then its children.
  virtual std::vector<StateEntry> state() const = 0;
  // The parameters, or the buffers, each tensor under its first name only.
  std::vector<StateEntry> named(bool parameters) const;

  virtual void train(bool mode) = 0;
  virtual bool is_training() const = 0;
  virtual Ref<Model> clone() const = 0;

  // A dtype changes floating-point tensors only.
  void to(std::optional<at::Device> device, std::optional<at::ScalarType> dtype);
  void zero_grad();
  // For every parameter whose name fits the pattern; returns how many.
  size_t set_requires_grad(const std::string &pattern, bool on);

 protected:
  // What a method is declared to take; null where it is not known. Throws NOT_FOUND for a method that is not there.
  virtual const c10::FunctionSchema *schema(const std::string &method) const = 0;
};

}  // namespace weightport::libtorch
