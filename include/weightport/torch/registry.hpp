/* SPDX-License-Identifier: MIT */
/**
 * @file registry.hpp
 * @brief Your own torch::nn::Module, to be created by name from C and every other language.
 *
 * C++17, built against the same libtorch as libweightport-torch. In a source file of the program, or of a shared library that
 * wp_torch_load_plugin() loads:
 *
 *     struct MyNet : torch::nn::Cloneable<MyNet> {
 *       explicit MyNet(const weightport::Value &options = {}) { reset(); }
 *       void reset() override { linear = register_module("linear", torch::nn::Linear(4, 2)); }
 *       torch::Tensor forward(torch::Tensor x) { return linear(x); }
 *       torch::nn::Linear linear{nullptr};
 *     };
 *     WEIGHTPORT_REGISTER_MODEL("my_net", MyNet)
 *
 * The class is made from the options of wp_model_create(), or from nothing. forward() takes and gives what c10::IValue holds:
 * tensors, numbers, strings, std::tuple and std::vector of them. Only classes derived from torch::nn::Cloneable can be cloned.
 */
#ifndef WEIGHTPORT_TORCH_REGISTRY_HPP
#define WEIGHTPORT_TORCH_REGISTRY_HPP

#include <torch/script.h>
#include <torch/torch.h>

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../../weightport.hpp"
#include "model.h"

/** @brief How a registered class is made and run. The functions may throw. */
struct wp_torch_model_class {
  std::shared_ptr<torch::nn::Module> (*create)(const wp_value *options);
  c10::IValue (*forward)(torch::nn::Module &module, std::vector<c10::IValue> args,
                         const std::unordered_map<std::string, c10::IValue> &kwargs);
};

/** @brief What WEIGHTPORT_REGISTER_MODEL calls. Errors: INVALID_ARGUMENT, MISMATCH (the name is taken). Since 0.1. */
extern "C" WP_API wp_error *wp_torch_register_model(const char *name, const wp_torch_model_class *model_class);

namespace weightport {

template <class Function>
struct ForwardOf;

/** @brief Calls forward() with IValues. */
template <class Result, class Class, class... Parameters>
struct ForwardOf<Result (Class::*)(Parameters...)> {
  static c10::IValue run(torch::nn::Module &module, std::vector<c10::IValue> args,
                         const std::unordered_map<std::string, c10::IValue> &kwargs) {
    if (args.size() != sizeof...(Parameters) || !kwargs.empty()) {
      throw Error(WP_ERROR_MISMATCH, "forward takes " + std::to_string(sizeof...(Parameters)) + " positional arguments, not " +
                                         std::to_string(args.size()) + " and " + std::to_string(kwargs.size()) + " by keyword");
    }
    return run(dynamic_cast<Class &>(module), args, std::index_sequence_for<Parameters...>());
  }

 private:
  template <size_t... Index>
  static c10::IValue run(Class &module, std::vector<c10::IValue> &args, std::index_sequence<Index...>) {
    return c10::IValue(module.forward(args[Index].template to<std::decay_t<Parameters>>()...));
  }
};
template <class Result, class Class, class... Parameters>
struct ForwardOf<Result (Class::*)(Parameters...) const> : ForwardOf<Result (Class::*)(Parameters...)> {};

/** @brief Creates and runs a class; throws if its name is taken. */
template <class Class>
struct ModelRegistration {
  explicit ModelRegistration(const char *name) {
    static const wp_torch_model_class model_class{create, ForwardOf<decltype(&Class::forward)>::run};
    check(wp_torch_register_model(name, &model_class));
  }

 private:
  static std::shared_ptr<torch::nn::Module> create(const wp_value *options) {
    if constexpr (std::is_constructible_v<Class, const Value &>) {
      return std::make_shared<Class>(Value::retain(options));
    } else {
      return std::make_shared<Class>();
    }
  }
};

}  // namespace weightport

#define WEIGHTPORT_REGISTER_MODEL(name, Class) WEIGHTPORT_REGISTER_MODEL_AT(name, Class, __COUNTER__)
#define WEIGHTPORT_REGISTER_MODEL_AT(name, Class, number) WEIGHTPORT_REGISTER_MODEL_AS(name, Class, number)
#define WEIGHTPORT_REGISTER_MODEL_AS(name, Class, number) \
  static const ::weightport::ModelRegistration<Class> weightport_registration_##number(name);

#endif
