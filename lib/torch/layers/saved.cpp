// SPDX-License-Identifier: MIT
// Modules that Python pickled whole: torch.nn.Module's __dict__ in the tree of values.
#include <array>
#include <utility>

#include "layers/builder.hpp"
#include "layers/maker.hpp"
#include "layers/path.hpp"

namespace weightport::libtorch {
namespace {

// Functions that would run in or beside forward(), or give the state other names.
constexpr std::array kHooks{"_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks",
                            "_state_dict_hooks"};

const wp_value *attribute(const wp_value *attributes, std::string_view name) {
  return wp_value_find(attributes, name.data(), name.size());
}

bool is_none(const wp_value *value) { return !value || wp_value_kind(value) == WP_KIND_NONE; }

// torch.nn.modules.conv.Conv2d; a name of the user's is not cut.
const LayerClass *find_saved_class(std::string_view full) {
  if (!full.starts_with("torch.nn.")) return nullptr;
  std::string_view name = full.substr(full.rfind('.') + 1);
  // The Linear of an attention.
  if (name == "NonDynamicallyQuantizableLinear" || name == "_LinearWithBias") name = "Linear";
  // Of quantization-aware training and the like, names are the same but not what they do.
  bool is_plain = full.starts_with("torch.nn.modules.") || full == concat("torch.nn.", name);
  return is_plain ? find_layer_class(name) : nullptr;
}

void refuse_hooks(const wp_value *attributes, const std::string &class_name, const std::string &path) {
  for (const char *hooks : kHooks) {
    if (const wp_value *found = attribute(attributes, hooks); found && wp_value_size(found) > 0) {
      fail_at(join_path(path, hooks), WP_ERROR_UNSUPPORTED, "a ", class_name, " has ", hooks,
              ", which change what it does and cannot be run here");
    }
  }
  if (attribute(attributes, "forward")) {
    fail_at(join_path(path, "forward"), WP_ERROR_UNSUPPORTED, "a ", class_name, " has a forward of its own");
  }
}

bool has_tensor(const wp_value *attributes, const char *name) {
  const wp_value *parameters = attribute(attributes, "_parameters");
  return !is_none(attribute(parameters, name));
}

Settings saved_settings(const LayerClass &layer_class, const wp_value *attributes, const std::string &path) {
  Settings settings(layer_class, path);
  for (const Parameter &parameter : layer_class.parameters) {
    if (parameter.kinds & kFresh) continue;
    if (parameter.tensor) {
      settings.set(parameter.name, has_tensor(attributes, parameter.tensor));
      continue;
    }
    const char *name = parameter.attribute ? parameter.attribute : parameter.name;
    if (const wp_value *value = attribute(attributes, name)) {
      settings.set(parameter.name, to_setting(value, parameter.kinds, join_path(path, name)));
    }
  }
  settings.complete(/*fresh=*/false);
  return settings;
}

}  // namespace

Child LayerMaker::saved(const wp_value *module, const std::string &path) {
  const wp_value *attributes = wp_value_attributes(module);
  if (!attribute(attributes, "_parameters") || !attribute(attributes, "_modules")) {
    fail_under(path, WP_ERROR_MISMATCH, "a ", printable(wp_value_class(module)), " is no torch.nn.Module");
  }
  const LayerClass *layer_class = find_saved_class(wp_value_class(module));
  if (!layer_class) return other(wp_value_class(module), module, path);
  refuse_hooks(attributes, layer_class->name, path);
  auto layer = std::make_shared<Layer>(*layer_class);
  take_over(*layer, attributes, path);
  Settings settings = saved_settings(*layer_class, attributes, path);
  Builder build(*layer, /*fresh=*/false, settings.tensor_options(), path);
  layer->set_forward(layer_class->make(build, settings));
  build.finish();
  if (const wp_value *training = attribute(attributes, "training")) {
    layer->set_training(to_setting(training, kBool, join_path(path, "training")).toBool());
  }
  return as_child(std::move(layer));
}

void LayerMaker::take_over(Layer &layer, const wp_value *attributes, const std::string &path) {
  auto each = [&](const char *of, const auto &take) {
    const wp_value *dict = attribute(attributes, of);
    for (size_t i = 0; i < wp_value_size(dict); i++) {
      const wp_value *value = wp_value_item(dict, i);
      if (is_none(value)) continue;
      Value key = Value::retain(wp_value_key(dict, i));
      if (!key || key.kind() != WP_KIND_STRING) fail_at(join_path(path, of), WP_ERROR_MISMATCH, "a name is no string");
      std::string name = key.as_string();
      take(name, value, join_path(path, name));
    }
  };
  each("_parameters", [&](const std::string &name, const wp_value *value, const std::string &at) {
    layer.add_parameter(name, tensor(value, at));
  });
  each("_buffers", [&](const std::string &name, const wp_value *value, const std::string &at) {
    layer.add_buffer(name, tensor(value, at));
  });
  each("_modules",
       [&](const std::string &name, const wp_value *value, const std::string &at) { layer.add_module(name, make(value, at)); });
}

at::Tensor LayerMaker::tensor(const wp_value *value, const std::string &path) {
  const wp_tensor *tensor = wp_value_tensor(value);
  if (!tensor) fail_under(path, WP_ERROR_MISMATCH, "a ", wp_kind_name(wp_value_kind(value)), " is not a tensor");
  at::Tensor &made = tensors_[tensor];
  if (!made.defined()) made = import_(tensor);
  return made;
}

}  // namespace weightport::libtorch
