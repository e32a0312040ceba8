// SPDX-License-Identifier: MIT
// A torch::nn::Module in C++: built of standard layers, or of a registered class.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace weightport::libtorch {

class ModuleModel final : public Model {
 public:
  // forward() of the module, which has the class that the function was made for.
  using Forward = c10::IValue (*)(torch::nn::Module &module, Arguments args, const Keywords &kwargs);

  ModuleModel(std::shared_ptr<torch::nn::Module> module, Forward forward);

  c10::IValue invoke(const std::string &method, Arguments args, const Keywords &kwargs) override;
  std::vector<StateEntry> state() const override;
  void train(bool mode) override { module_->train(mode); }
  bool is_training() const override { return module_->is_training(); }
  Ref<Model> clone() const override;

 private:
  const c10::FunctionSchema *schema(const std::string &method) const override;

  std::shared_ptr<torch::nn::Module> module_;
  Forward forward_;
};

}  // namespace weightport::libtorch
