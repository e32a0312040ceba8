// SPDX-License-Identifier: MIT
#include "model/script_model.hpp"

#include <c10/core/GradMode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <unordered_map>
#include <utility>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

void collect(const torch::jit::Module &module, const std::string &prefix, std::vector<StateEntry> &entries) {
  for (const auto &parameter : module.named_parameters(/*recurse=*/false)) {
    entries.push_back({prefix + parameter.name, parameter.value, true});
  }
  for (const auto &buffer : module.named_buffers(/*recurse=*/false)) {
    entries.push_back({prefix + buffer.name, buffer.value, false});
  }
  for (const auto &child : module.named_children()) collect(child.value, prefix + child.name + ".", entries);
}

// Copies the tensors of one module into another. Views stay views, and one tensor under two names stays one: libtorch's own
// deepcopy takes all tensors of one storage for the first of them.
class TensorCopier {
 public:
  void copy(const torch::jit::Module &from, torch::jit::Module to) {
    for (const auto &parameter : from.named_parameters(/*recurse=*/false)) to.setattr(parameter.name, copy(parameter.value));
    for (const auto &buffer : from.named_buffers(/*recurse=*/false)) to.setattr(buffer.name, copy(buffer.value));
    for (const auto &child : from.named_children()) copy(child.value, to.attr(child.name).toModule());
  }

 private:
  at::Tensor copy(const at::Tensor &tensor) {
    at::Tensor &made = made_[tensor.unsafeGetTensorImpl()];
    if (made.defined()) return made;
    bool plain = tensor.layout() == at::kStrided && !tensor.is_quantized() && !tensor.is_meta();
    made = plain ? view(tensor) : tensor.clone();
    return made.set_requires_grad(tensor.requires_grad());
  }

  at::Tensor view(const at::Tensor &tensor) {
    at::Tensor &whole = wholes_[tensor.storage().unsafeGetStorageImpl()];
    auto options = tensor.options().requires_grad(false);
    if (!whole.defined()) {
      auto nbytes = static_cast<int64_t>(tensor.storage().nbytes());
      whole = at::empty({0}, options.dtype(at::kByte)).set_(tensor.storage(), 0, {nbytes}, {1}).clone();
    }
    return at::empty({0}, options).set_(whole.storage(), tensor.storage_offset(), tensor.sizes(), tensor.strides());
  }

  std::unordered_map<const at::TensorImpl *, at::Tensor> made_;
  std::unordered_map<const c10::StorageImpl *, at::Tensor> wholes_;
};

}  // namespace

ScriptModel::ScriptModel(torch::jit::Module module) : module_(std::move(module)) {}

torch::jit::Method ScriptModel::method(const std::string &name) const {
  auto found = module_.find_method(name);
  if (!found) fail_at(name, WP_ERROR_NOT_FOUND, "the model has no such method");
  return *found;
}

const c10::FunctionSchema *ScriptModel::schema(const std::string &name) const { return &method(name).function().getSchema(); }

c10::IValue ScriptModel::invoke(const std::string &name, Arguments args, const Keywords &kwargs) {
  // For training, one operation after the other, as Python's modules run: TorchScript's optimizer has derivatives of its own,
  // which round in another way, and LBFGS makes much of that.
  torch::jit::GraphOptimizerEnabledGuard optimized(!c10::GradMode::is_enabled());
  return method(name)(std::move(args), kwargs);
}

std::vector<StateEntry> ScriptModel::state() const {
  std::vector<StateEntry> entries;
  collect(module_, "", entries);
  return entries;
}

void ScriptModel::train(bool mode) { module_.train(mode); }

// A module that was frozen has no such attribute, and a file may give it any type: it is for inference only.
bool ScriptModel::is_training() const {
  c10::IValue training = module_.attr("training", false);
  return training.isBool() && training.toBool();
}

Ref<Model> ScriptModel::clone() const {
  // With gradients on, libtorch would make the copies part of the history; a parameter is a leaf.
  at::NoGradGuard no_grad;
  torch::jit::Module copy = module_.deepcopy();
  TensorCopier().copy(module_, copy);
  return make_ref<ScriptModel>(std::move(copy));
}

}  // namespace weightport::libtorch
