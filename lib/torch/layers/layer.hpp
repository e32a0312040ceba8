// SPDX-License-Identifier: MIT
// A layer of torch.nn that runs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "layers/layer_class.hpp"

namespace weightport::libtorch {

using RunModule = c10::IValue (*)(torch::nn::Module &module, Arguments args, const Keywords &kwargs);

// A module and how to run it; empty where Python has None.
struct Child {
  std::shared_ptr<torch::nn::Module> module;
  RunModule run = nullptr;

  explicit operator bool() const noexcept { return module != nullptr; }
};

// The arguments of one call, as forward() of the class takes them. Each function throws MISMATCH for an argument of another
// kind.
class Inputs {
 public:
  Inputs(const LayerClass &layer_class, Arguments args, const Keywords &kwargs);

  const c10::IValue &operator[](size_t index) const { return values_.at(index); }
  at::Tensor tensor(size_t index) const;
  // Undefined for None.
  at::Tensor optional_tensor(size_t index) const;
  // A tuple or list of tensors; empty for None.
  std::vector<at::Tensor> tensors(size_t index) const;
  bool flag(size_t index, bool otherwise) const;
  // Empty for None.
  std::vector<int64_t> ints(size_t index) const;
  [[noreturn]] void mismatch(size_t index, std::string_view wanted) const;

 private:
  // What a tuple or list holds.
  std::vector<c10::IValue> items(size_t index, std::string_view wanted) const;

  const LayerClass &class_;
  std::vector<c10::IValue> values_;
};

// Has Python's names for what it holds. Weights and children that two layers share, they share in a clone too.
class Layer final : public torch::nn::Module {
 public:
  struct NamedChild {
    std::string name;
    Child child;
  };

  explicit Layer(const LayerClass &layer_class);

  c10::IValue forward(Arguments args, const Keywords &kwargs) const;
  const LayerClass &layer_class() const noexcept { return class_; }

  // A parameter or buffer; undefined where Python has None.
  at::Tensor tensor(std::string_view name) const;
  // All parameters of the layer itself, in order.
  std::vector<at::Tensor> own_parameters() const;
  const std::vector<NamedChild> &modules() const noexcept { return modules_; }
  const Child *find_module(std::string_view name) const noexcept;
  // A child that is a layer. Throws NOT_FOUND, UNSUPPORTED.
  const Layer &module(std::string_view name) const;

  // Runs a child. Throws NOT_FOUND if it is not there.
  c10::IValue call(std::string_view name, Arguments args, const Keywords &kwargs = {}) const;
  at::Tensor call(std::string_view name, const at::Tensor &input) const;

  void add_parameter(const std::string &name, at::Tensor tensor);
  void add_buffer(const std::string &name, at::Tensor tensor);
  void add_module(const std::string &name, Child child);
  void set_forward(Forward forward) { forward_ = std::move(forward); }

  void train(bool on = true) override;
  bool is_training() const noexcept override { return training_; }
  // Of the layer without its children.
  void set_training(bool on) noexcept { training_ = on; }

  // The device is c10::optional or std::optional, by libtorch's version.
  template <class R, class C, class A>
  static A device_argument(R (C::*)(A) const);
  using CloneDevice = decltype(device_argument(&torch::nn::Module::clone));
  std::shared_ptr<torch::nn::Module> clone(CloneDevice device = {}) const override;
  std::shared_ptr<Layer> copy() const;

 private:
  struct NamedTensor {
    std::string name;
    at::Tensor tensor;
    bool is_parameter;
  };
  struct Copies;
  std::shared_ptr<Layer> copy(Copies &copies) const;

  const LayerClass &class_;
  Forward forward_;
  bool training_ = true;
  std::vector<NamedTensor> tensors_;
  std::vector<NamedChild> modules_;
};

// A Layer as a Child.
Child as_child(std::shared_ptr<Layer> layer);

}  // namespace weightport::libtorch
