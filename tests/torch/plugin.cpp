// SPDX-License-Identifier: MIT
// A shared library of models, as a user would make it.
#include <weightport/torch/registry.hpp>

namespace {

struct Scaled : torch::nn::Cloneable<Scaled> {
  explicit Scaled(const weightport::Value &options) {
    if (options) width = options.at("width").as_int();
    Scaled::reset();
  }
  void reset() override {
    linear = register_module("linear", torch::nn::Linear(width, 2));
    scale = register_buffer("scale", torch::full({1}, 3.0));
  }
  std::tuple<torch::Tensor, int64_t> forward(const torch::Tensor &x, int64_t times) {
    return {linear(x) * scale * times, times};
  }
  int64_t width = 4;
  torch::nn::Linear linear{nullptr};
  torch::Tensor scale;
};

struct Plain : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) const { return x + 1; }
};

}  // namespace

WEIGHTPORT_REGISTER_MODEL("scaled", Scaled)
WEIGHTPORT_REGISTER_MODEL("plain", Plain)
