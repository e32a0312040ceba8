// SPDX-License-Identifier: MIT
#include "layers/maker.hpp"

#include <utility>

#include "layers/builder.hpp"
#include "layers/path.hpp"

namespace weightport::libtorch {
namespace {

constexpr size_t kMaxDepth = 200;
constexpr uint64_t kMaxPaths = 1'000'000;

const Parameter *find_parameter(const LayerClass &layer_class, std::string_view name) {
  for (const Parameter &parameter : layer_class.parameters) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

}  // namespace

Child LayerMaker::make(const wp_value *node) {
  at::NoGradGuard no_grad;
  Child made = make(node, {});
  paths(*made.module);
  return made;
}

Child LayerMaker::make(const wp_value *node, const std::string &path) {
  if (auto found = made_.find(node); found != made_.end()) return found->second;
  if (depth_ == kMaxDepth) fail_under(path, WP_ERROR_LIMIT, "modules are nested more than ", kMaxDepth, " levels deep");
  ++depth_;
  Child made = make_new(node, path);
  --depth_;
  made_.emplace(node, made);
  return made;
}

Child LayerMaker::make_new(const wp_value *node, const std::string &path) {
  switch (wp_value_kind(node)) {
    case WP_KIND_DICT:
      return described(node, path);
    case WP_KIND_OBJECT:
      return saved(node, path);
    default:
      fail_under(path, WP_ERROR_MISMATCH, "a ", wp_kind_name(wp_value_kind(node)),
                 " is neither a layer's description nor a module");
  }
}

Child LayerMaker::described(const wp_value *description, const std::string &path) {
  Value name = Value::retain(wp_value_find(description, "class", 5));
  if (!name) fail_at(join_path(path, "class"), WP_ERROR_NOT_FOUND, "the description of a layer does not name its class");
  if (name.kind() != WP_KIND_STRING) fail_at(join_path(path, "class"), WP_ERROR_MISMATCH, "the class of a layer is no string");
  std::string full = name.as_string();
  const LayerClass *layer_class = find_layer_class(full.starts_with("torch.nn.") ? full.substr(9) : full);
  if (!layer_class) return other(full, description, join_path(path, "class"));
  return as_child(make_fresh(described_settings(*layer_class, description, path)));
}

Child LayerMaker::other(const std::string &class_name, const wp_value *value, const std::string &path) {
  Child made = make_other_(class_name, Value::retain(value));
  if (made) return made;
  fail_under(
      path, WP_ERROR_UNSUPPORTED, printable(class_name),
      " is no layer that is known: a class of your own can be registered under this name with WEIGHTPORT_REGISTER_MODEL");
}

Settings LayerMaker::described_settings(const LayerClass &layer_class, const wp_value *description, const std::string &path) {
  Settings settings(layer_class, path);
  for (size_t i = 0; i < wp_value_size(description); i++) {
    Value key = Value::retain(wp_value_key(description, i));
    if (key.kind() != WP_KIND_STRING) fail_under(path, WP_ERROR_MISMATCH, "a keyword argument's name is no string");
    std::string name = key.as_string();
    if (name == "class") continue;
    const Parameter *parameter = find_parameter(layer_class, name);
    if (!parameter) {
      fail_at(join_path(path, name), WP_ERROR_UNSUPPORTED, layer_class.name, " takes no argument ", printable(name));
    }
    const wp_value *value = wp_value_item(description, i);
    wp_kind kind = wp_value_kind(value);
    bool is_module = kind == WP_KIND_DICT || kind == WP_KIND_OBJECT || parameter->kinds & kLayers;
    if (is_module && parameter->kinds & (kLayer | kLayers)) {
      settings.set(name, described_modules(value, *parameter, join_path(path, name)));
    } else {
      settings.set(name, to_setting(value, parameter->kinds, join_path(path, name)));
    }
  }
  settings.complete(/*fresh=*/true);
  return settings;
}

Settings::Modules LayerMaker::described_modules(const wp_value *value, const Parameter &parameter, const std::string &path) {
  if (parameter.kinds & kLayer) return {{"", make(value, path)}};
  wp_kind kind = wp_value_kind(value);
  if (kind != WP_KIND_LIST && kind != WP_KIND_TUPLE && kind != WP_KIND_DICT) {
    fail_under(path, WP_ERROR_MISMATCH, "a ", wp_kind_name(kind), " where a list or dict of layers is expected");
  }
  Settings::Modules modules;
  for (size_t i = 0; i < wp_value_size(value); i++) {
    Value key = Value::retain(wp_value_key(value, i));
    std::string name = kind == WP_KIND_DICT ? key.as_string() : std::to_string(i);
    modules.push_back({name, make(wp_value_item(value, i), join_path(path, name))});
  }
  return modules;
}

uint64_t LayerMaker::paths(const torch::nn::Module &module) {
  if (auto found = paths_.find(&module); found != paths_.end()) return found->second;
  uint64_t count = 1;
  if (const auto *layer = dynamic_cast<const Layer *>(&module)) {
    for (const auto &[name, child] : layer->modules()) {
      count += paths(*child.module);
      if (count > kMaxPaths) fail(WP_ERROR_LIMIT, "modules that are shared have more than ", kMaxPaths, " names");
    }
  }
  return paths_[&module] = count;
}

}  // namespace weightport::libtorch
