// SPDX-License-Identifier: MIT
#include "model/registry.hpp"

#include <map>
#include <mutex>

#include "exchange/fail.hpp"
#include "weightport/torch/registry.hpp"

namespace weightport::libtorch {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, wp_torch_model_class> classes;
};

// Made when it is first needed, as registrations run before main().
Registry &registry() {
  static Registry registry;
  return registry;
}

}  // namespace

void register_model(const char *name, const wp_torch_model_class &model_class) {
  Registry &known = registry();
  std::lock_guard lock(known.mutex);
  if (!known.classes.emplace(name, model_class).second) fail_at(name, WP_ERROR_MISMATCH, "a model of this name is registered");
}

wp_torch_model_class find_model_class(const std::string &name) {
  Registry &known = registry();
  std::lock_guard lock(known.mutex);
  auto found = known.classes.find(name);
  return found == known.classes.end() ? wp_torch_model_class{} : found->second;
}

Ref<Model> create_model(const char *name, const wp_value *options) {
  wp_torch_model_class found = find_model_class(name);
  if (!found.create) {
    Registry &known = registry();
    std::lock_guard lock(known.mutex);
    std::string names;
    for (const auto &[other, model_class] : known.classes) append(names, concat(names.empty() ? "" : ", ", other));
    fail_at(name, WP_ERROR_NOT_FOUND,
            "no model is registered under this name; registered are: ", names.empty() ? "none" : names);
  }
  return make_ref<ModuleModel>(found.create(options), found.forward);
}

}  // namespace weightport::libtorch
