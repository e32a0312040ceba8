// SPDX-License-Identifier: MIT
#include "model/script_model.hpp"

#include <c10/core/GradMode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

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

// A module that was frozen has no such attribute: it is for inference only.
bool ScriptModel::is_training() const { return module_.hasattr("training") && module_.attr("training").toBool(); }

Ref<Model> ScriptModel::clone() const {
  // With gradients on, libtorch would make the copies part of the history; a parameter is a leaf.
  at::NoGradGuard no_grad;
  auto copy = make_ref<ScriptModel>(module_.deepcopy());
  std::vector<StateEntry> from = state(), to = copy->state();
  for (size_t i = 0; i < to.size(); i++) to[i].tensor.set_requires_grad(from[i].tensor.requires_grad());
  return copy;
}

}  // namespace weightport::libtorch
