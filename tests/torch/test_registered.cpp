// SPDX-License-Identifier: MIT
// Classes of the user's among standard layers: described, pickled, cloned.
#include <weightport/torch/convert.hpp>
#include <weightport/torch/registry.hpp>

extern "C" {
#include "expect_tensor.h"
}

using weightport::check;
using weightport::Value;

namespace {

// y = x W^T * scale
struct Scaled : torch::nn::Cloneable<Scaled> {
  explicit Scaled(const Value &options) : out(options.find("out").as_int()) { reset(); }
  void reset() override {
    fc = register_module("fc", torch::nn::Linear(torch::nn::LinearOptions(3, out).bias(false)));
    scale = register_parameter("scale", torch::ones({}));
  }
  torch::Tensor forward(const torch::Tensor &x) { return fc(x) * scale; }

  int64_t out;
  torch::nn::Linear fc{nullptr};
  torch::Tensor scale;
};

WEIGHTPORT_REGISTER_MODEL("Scaled", Scaled)

std::vector<std::string> names_of(const wp_model *model) {
  wp_state_dict *state_dict;
  check(wp_model_state_dict(&state_dict, model));
  std::vector<std::string> names;
  for (const auto &entry : weightport::StateDict(state_dict)) names.push_back(entry.name);
  return names;
}

float sum_of_output(wp_model *model) {
  wp_tensor *output, *input = make_numbers();
  check(wp_model_forward_tensor(&output, model, input));
  wp_tensor_release(input);
  return weightport::to_torch(weightport::Tensor(output)).sum().item<float>();
}

void a_registered_class_stands_among_layers(void **) {
  const std::string json =
      R"({"class": "Sequential", "modules": [{"class": "ReLU"}, {"class": "Scaled", "out": 2}, {"class": "Tanh"}]})";
  wp_model *model, *copy;
  assert_ok(wp_model_build_json(&model, json.data(), json.size()));
  assert_true((names_of(model) == std::vector<std::string>{"1.scale", "1.fc.weight"}));
  float before = sum_of_output(model);
  assert_ok(wp_model_clone(&copy, model));
  assert_true((names_of(copy) == names_of(model)));
  assert_true(sum_of_output(copy) == before);
  wp_model_release(copy);
  wp_model_release(model);
}

Value tensor_value(const torch::Tensor &tensor) { return Value::of(weightport::from_torch(tensor)); }

Value module_value(const char *class_name, const Value &attributes, const Value &parameters, const Value &modules) {
  Value filled = attributes;
  filled.set("_parameters", parameters);
  filled.set("_buffers", Value::dict());
  filled.set("_modules", modules);
  filled.set("training", Value::of(false));
  wp_value *made;
  check(wp_value_create_object(&made, class_name, nullptr, filled.get()));
  return Value(made);
}

void a_pickled_class_is_found_by_its_name(void **) {
  Value linear_parameters = Value::dict(), parameters = Value::dict(), modules = Value::dict(), attributes = Value::dict();
  linear_parameters.set("weight", tensor_value(torch::ones({2, 3})));
  Value linear_attributes = Value::dict();
  linear_attributes.set("in_features", Value::of(3));
  linear_attributes.set("out_features", Value::of(2));
  modules.set("fc", module_value("torch.nn.modules.linear.Linear", linear_attributes, linear_parameters, Value::dict()));
  parameters.set("scale", tensor_value(torch::full({}, 2.0)));
  attributes.set("out", Value::of(2));
  Value scaled = module_value("__main__.Scaled", attributes, parameters, modules);
  wp_model *model;
  assert_ok(wp_model_build(&model, scaled.get()));
  // (0 + 1 + 2) * 2 and (3 + 4 + 5) * 2, each twice
  assert_true(sum_of_output(model) == 60);
  assert_false(wp_model_is_training(model));
  wp_model_release(model);

  parameters.set("scale", tensor_value(torch::ones({3})));
  scaled = module_value("__main__.Scaled", attributes, parameters, modules);
  assert_fails(wp_model_build(&model, scaled.get()), WP_ERROR_MISMATCH);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(a_registered_class_stands_among_layers),
                              cmocka_unit_test(a_pickled_class_is_found_by_its_name)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
