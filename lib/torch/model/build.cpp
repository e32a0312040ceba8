// SPDX-License-Identifier: MIT
#include "model/build.hpp"

#include <string>
#include <utility>

#include "exchange/fail.hpp"
#include "layers/maker.hpp"
#include "model/load_state_dict.hpp"
#include "model/module_model.hpp"
#include "model/registry.hpp"
#include "weightport/torch/registry.hpp"

namespace weightport::libtorch {
namespace {

// A pickle knows a class by the name of its file too: "__main__.Net" is registered under that name, or as "Net".
wp_torch_model_class find_class(const std::string &name) {
  wp_torch_model_class found = find_model_class(name);
  return found.create ? found : find_model_class(name.substr(name.rfind('.') + 1));
}

// A class that was registered. It takes the description, or the attributes of the pickled object, for its options; of the
// object, the weights are taken over by name.
Child make_registered(const std::string &class_name, const Value &value) {
  wp_torch_model_class found = find_class(class_name);
  if (!found.create) return {};
  bool is_saved = value.kind() == WP_KIND_OBJECT;
  Child made{found.create(is_saved ? value.attributes().get() : value.get()), found.forward};
  if (!is_saved) return made;
  LoadStateDictOptions options;
  options.assign = true;
  load_state_dict(*make_ref<ModuleModel>(made.module, made.run), StateDict::from_value(value), options);
  if (Value training = value.attributes().find("training")) made.module->train(training.as_bool());
  return made;
}

}  // namespace

Ref<Model> build_model(const Value &description) {
  Child made = LayerMaker(make_registered).make(description.get());
  return make_ref<ModuleModel>(std::move(made.module), made.run);
}

Ref<Model> build_saved_module(const Value &module, at::Device device) {
  if (module.kind() != WP_KIND_OBJECT) {
    fail(WP_ERROR_MISMATCH, "the file holds a ", wp_kind_name(module.kind()), ", not a module");
  }
  Ref<Model> model = build_model(module);
  if (!device.is_cpu()) model->to(device, {});
  return model;
}

}  // namespace weightport::libtorch
