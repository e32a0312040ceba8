// SPDX-License-Identifier: MIT
// Layers from descriptions and from modules that Python pickled.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "layers/settings.hpp"

namespace weightport::libtorch {

// A module of a class that is no layer, from its description or pickled object; empty if it is not known either.
using MakeOther = std::function<Child(const std::string &class_name, const Value &value)>;

// Makes modules of the nodes of one tree. What one node describes is one module, however often the node is met. Functions throw
// as wp_model_build() says.
class LayerMaker {
 public:
  explicit LayerMaker(MakeOther make_other) : make_other_(std::move(make_other)) {}

  // A dict that describes a layer, or an nn.Module object.
  Child make(const wp_value *node);

 private:
  Child make(const wp_value *node, const std::string &path);
  Child make_new(const wp_value *node, const std::string &path);
  Child described(const wp_value *description, const std::string &path);
  Child saved(const wp_value *module, const std::string &path);
  Child other(const std::string &class_name, const wp_value *value, const std::string &path);

  Settings described_settings(const LayerClass &layer_class, const wp_value *description, const std::string &path);
  Settings::Modules described_modules(const wp_value *value, const Parameter &parameter, const std::string &path);
  // The tensors and children of a pickled module.
  void take_over(Layer &layer, const wp_value *attributes, const std::string &path);
  at::Tensor tensor(const wp_value *value, const std::string &path);

  // How many paths lead into and below a module, which has as many names. Throws LIMIT for more than a state_dict should list.
  uint64_t paths(const torch::nn::Module &module);

  MakeOther make_other_;
  size_t depth_ = 0;
  std::unordered_map<const wp_value *, Child> made_;
  std::unordered_map<const torch::nn::Module *, uint64_t> paths_;
  TensorImporter import_;
  std::unordered_map<const wp_tensor *, at::Tensor> tensors_;
};

}  // namespace weightport::libtorch
