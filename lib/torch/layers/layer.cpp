// SPDX-License-Identifier: MIT
#include "layers/layer.hpp"

#include <utility>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

c10::IValue run_layer(torch::nn::Module &module, Arguments args, const Keywords &kwargs) {
  return static_cast<Layer &>(module).forward(std::move(args), kwargs);
}

}  // namespace

Child as_child(std::shared_ptr<Layer> layer) { return {std::move(layer), run_layer}; }

Inputs::Inputs(const LayerClass &layer_class, Arguments args, const Keywords &kwargs)
    : class_(layer_class), values_(std::move(args)) {
  const auto &takes = layer_class.takes;
  if (values_.size() > takes.size()) {
    fail(WP_ERROR_MISMATCH, class_.name, "'s forward takes at most ", takes.size(), " arguments, not ", values_.size());
  }
  size_t given = values_.size();
  values_.resize(takes.size());
  for (const auto &[name, value] : kwargs) {
    size_t index = 0;
    while (index < takes.size() && takes[index] != name) index++;
    if (index == takes.size()) {
      fail_at("kwargs." + name, WP_ERROR_MISMATCH, class_.name, "'s forward takes no argument ", printable(name));
    }
    if (index < given) fail_at("kwargs." + name, WP_ERROR_MISMATCH, class_.name, "'s forward is given ", name, " twice");
    values_[index] = value;
  }
  for (size_t i = 0; i < layer_class.required; i++) {
    if (values_[i].isNone()) fail(WP_ERROR_MISMATCH, class_.name, "'s forward is not given ", takes[i]);
  }
}

void Inputs::mismatch(size_t index, std::string_view wanted) const {
  fail(WP_ERROR_MISMATCH, class_.name, "'s forward is given a ", values_[index].tagKind(), " as ", class_.takes[index],
       ", which is ", wanted);
}

at::Tensor Inputs::tensor(size_t index) const {
  if (!values_.at(index).isTensor()) mismatch(index, "a tensor");
  return values_[index].toTensor();
}

at::Tensor Inputs::optional_tensor(size_t index) const { return values_.at(index).isNone() ? at::Tensor() : tensor(index); }

bool Inputs::flag(size_t index, bool otherwise) const {
  const c10::IValue &value = values_.at(index);
  if (value.isNone()) return otherwise;
  if (!value.isBool()) mismatch(index, "a bool");
  return value.toBool();
}

std::vector<c10::IValue> Inputs::items(size_t index, std::string_view wanted) const {
  const c10::IValue &value = values_.at(index);
  if (value.isTuple()) return value.toTupleRef().elements();
  if (value.isList()) return value.toListRef().vec();
  mismatch(index, wanted);
}

std::vector<at::Tensor> Inputs::tensors(size_t index) const {
  std::vector<at::Tensor> found;
  if (values_.at(index).isNone()) return found;
  constexpr const char *wanted = "a tuple of tensors";
  for (const c10::IValue &item : items(index, wanted)) {
    if (!item.isTensor()) mismatch(index, wanted);
    found.push_back(item.toTensor());
  }
  return found;
}

std::vector<int64_t> Inputs::ints(size_t index) const {
  std::vector<int64_t> found;
  const c10::IValue &value = values_.at(index);
  if (value.isNone()) return found;
  if (value.isInt()) return {value.toInt()};
  constexpr const char *wanted = "a list of ints";
  for (const c10::IValue &item : items(index, wanted)) {
    if (!item.isInt()) mismatch(index, wanted);
    found.push_back(item.toInt());
  }
  return found;
}

Layer::Layer(const LayerClass &layer_class) : torch::nn::Module(layer_class.name), class_(layer_class) {}

c10::IValue Layer::forward(Arguments args, const Keywords &kwargs) const {
  return forward_(*this, Inputs(class_, std::move(args), kwargs));
}

at::Tensor Layer::tensor(std::string_view name) const {
  for (const NamedTensor &one : tensors_) {
    if (one.name == name) return one.tensor;
  }
  return {};
}

std::vector<at::Tensor> Layer::own_parameters() const {
  std::vector<at::Tensor> found;
  for (const NamedTensor &one : tensors_) {
    if (one.is_parameter) found.push_back(one.tensor);
  }
  return found;
}

const Child *Layer::find_module(std::string_view name) const noexcept {
  for (const NamedChild &one : modules_) {
    if (one.name == name) return &one.child;
  }
  return nullptr;
}

const Layer &Layer::module(std::string_view name) const {
  const Child *child = find_module(name);
  if (!child) fail(WP_ERROR_NOT_FOUND, "a ", class_.name, " lacks its module ", name);
  const auto *layer = dynamic_cast<const Layer *>(child->module.get());
  if (!layer) fail(WP_ERROR_UNSUPPORTED, "the module ", name, " of a ", class_.name, " is no layer of torch.nn");
  return *layer;
}

c10::IValue Layer::call(std::string_view name, Arguments args, const Keywords &kwargs) const {
  const Child *child = find_module(name);
  if (!child) fail(WP_ERROR_NOT_FOUND, "a ", class_.name, " lacks its module ", name);
  return child->run(*child->module, std::move(args), kwargs);
}

at::Tensor Layer::call(std::string_view name, const at::Tensor &input) const {
  c10::IValue output = call(name, Arguments{input});
  if (!output.isTensor()) fail(WP_ERROR_MISMATCH, "the module ", name, " of a ", class_.name, " gave no tensor");
  return output.toTensor();
}

void Layer::add_parameter(const std::string &name, at::Tensor tensor) {
  bool requires_grad = tensor.requires_grad();
  register_parameter(name, tensor, requires_grad);
  tensors_.push_back({name, std::move(tensor), true});
}

void Layer::add_buffer(const std::string &name, at::Tensor tensor) {
  register_buffer(name, tensor);
  tensors_.push_back({name, std::move(tensor), false});
}

void Layer::add_module(const std::string &name, Child child) {
  register_module(name, child.module);
  modules_.push_back({name, std::move(child)});
}

void Layer::train(bool on) {
  torch::nn::Module::train(on);
  training_ = on;
}

struct Layer::Copies {
  std::unordered_map<const torch::nn::Module *, std::shared_ptr<torch::nn::Module>> modules;
  std::unordered_map<const at::TensorImpl *, at::Tensor> tensors;

  at::Tensor of(const at::Tensor &tensor) {
    at::Tensor &made = tensors[tensor.unsafeGetTensorImpl()];
    if (!made.defined()) made = tensor.detach().clone().set_requires_grad(tensor.requires_grad());
    return made;
  }
};

std::shared_ptr<Layer> Layer::copy(Copies &copies) const {
  auto made = std::make_shared<Layer>(class_);
  made->forward_ = forward_;
  made->training_ = training_;
  for (const auto &[name, tensor, is_parameter] : tensors_) {
    if (is_parameter) {
      made->add_parameter(name, copies.of(tensor));
    } else {
      made->add_buffer(name, copies.of(tensor));
    }
  }
  for (const auto &[name, child] : modules_) {
    auto found = copies.modules.find(child.module.get());
    if (found == copies.modules.end()) {
      const auto *layer = dynamic_cast<const Layer *>(child.module.get());
      std::shared_ptr<torch::nn::Module> copied = layer ? layer->copy(copies) : child.module->clone();
      found = copies.modules.emplace(child.module.get(), std::move(copied)).first;
    }
    made->add_module(name, {found->second, child.run});
  }
  return made;
}

std::shared_ptr<Layer> Layer::copy() const {
  at::NoGradGuard no_grad;
  Copies copies;
  return copy(copies);
}

std::shared_ptr<torch::nn::Module> Layer::clone(CloneDevice device) const {
  auto made = copy();
  if (device) made->to(*device);
  return made;
}

}  // namespace weightport::libtorch
