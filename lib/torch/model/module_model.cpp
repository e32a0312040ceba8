// SPDX-License-Identifier: MIT
#include "model/module_model.hpp"

#include <utility>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

void collect(const torch::nn::Module &module, const std::string &prefix, std::vector<StateEntry> &entries) {
  auto add = [&](const auto &named, bool is_parameter) {
    // A parameter that is None in Python, a bias say, is undefined here.
    if (named.value().defined()) entries.push_back({prefix + named.key(), named.value(), is_parameter});
  };
  for (const auto &parameter : module.named_parameters(/*recurse=*/false)) add(parameter, true);
  torch::OrderedDict<std::string, at::Tensor> buffers = module.named_buffers(/*recurse=*/false);
  for (const auto &buffer : buffers) {
    add(buffer, false);
    if (buffer.key() == "num_batches_tracked" && buffer.value().defined())
      entries.back().is_batch_count = buffers.contains("running_mean");
  }
  for (const auto &child : module.named_children()) collect(*child.value(), prefix + child.key() + ".", entries);
}

}  // namespace

ModuleModel::ModuleModel(std::shared_ptr<torch::nn::Module> module, Forward forward)
    : module_(std::move(module)), forward_(forward) {}

const c10::FunctionSchema *ModuleModel::schema(const std::string &method) const {
  if (method != "forward") fail_at(method, WP_ERROR_NOT_FOUND, "the model has no such method: only TorchScript has others");
  return nullptr;
}

c10::IValue ModuleModel::invoke(const std::string &, Arguments args, const Keywords &kwargs) {
  return forward_(*module_, std::move(args), kwargs);
}

std::vector<StateEntry> ModuleModel::state() const {
  std::vector<StateEntry> entries;
  collect(*module_, "", entries);
  return entries;
}

Ref<Model> ModuleModel::clone() const {
  std::shared_ptr<torch::nn::Module> copy;
  try {
    copy = module_->clone();
  } catch (const c10::Error &) {
    fail(WP_ERROR_UNSUPPORTED, "the class ", module_->name(), " cannot be copied: derive it from torch::nn::Cloneable");
  }
  return make_ref<ModuleModel>(std::move(copy), forward_);
}

}  // namespace weightport::libtorch
