// SPDX-License-Identifier: MIT
// A TorchScript module.
#pragma once

#include <string>
#include <vector>

#include "model/model.hpp"

namespace weightport::libtorch {

class ScriptModel final : public Model {
 public:
  explicit ScriptModel(torch::jit::Module module);

  c10::IValue invoke(const std::string &method, Arguments args, const Keywords &kwargs) override;
  std::vector<StateEntry> state() const override;
  void train(bool mode) override;
  bool is_training() const override;
  Ref<Model> clone() const override;

  const torch::jit::Module &module() const noexcept { return module_; }

 private:
  const c10::FunctionSchema *schema(const std::string &method) const override;
  torch::jit::Method method(const std::string &name) const;

  torch::jit::Module module_;
};

}  // namespace weightport::libtorch
