// SPDX-License-Identifier: MIT
#include "model/model.hpp"

#include <string_view>
#include <unordered_set>
#include <utility>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

const c10::Argument *positional(const c10::FunctionSchema *schema, size_t index) {
  // The first argument of a method is the module itself.
  return schema && index + 1 < schema->arguments().size() ? &schema->arguments()[index + 1] : nullptr;
}

const c10::Argument *keyword(const c10::FunctionSchema *schema, const std::string &name) {
  if (!schema) return nullptr;
  auto index = schema->argumentIndexWithName(name);
  return index ? &schema->arguments()[static_cast<size_t>(*index)] : nullptr;
}

// `*` stands for any text.
bool fits(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      p++, n++;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') p++;
  return p == pattern.size();
}

}  // namespace

void replace_data(at::Tensor &tensor, const at::Tensor &data) {
  auto is_plain = [](const at::Tensor &t) { return t.layout() == at::kStrided && !t.is_quantized(); };
  if (tensor.is_meta() != data.is_meta() && is_plain(tensor) && is_plain(data)) {
    // What set_data() does where it does not refuse the device.
    tensor.unsafeGetTensorImpl()->shallow_copy_from(data.getIntrusivePtr());
  } else {
    tensor.set_data(data);
  }
}

c10::IValue Model::call(const std::string &method, const wp_value *args, const wp_value *kwargs) {
  wp_kind kind = wp_value_kind(args);
  require(!args || kind == WP_KIND_LIST || kind == WP_KIND_TUPLE, "args is neither a list nor a tuple");
  require(!kwargs || wp_value_kind(kwargs) == WP_KIND_DICT, "kwargs is no dict");
  const c10::FunctionSchema *declared = schema(method);
  IValueMaker maker;
  auto make = [&](const wp_value *value, const c10::Argument *argument, const std::string &path) {
    return argument ? maker.make(value, argument->type(), path) : maker.make(value, path);
  };
  Arguments arguments;
  for (size_t i = 0; i < wp_value_size(args); i++) {
    arguments.push_back(make(wp_value_item(args, i), positional(declared, i), "args." + std::to_string(i)));
  }
  Keywords keywords;
  for (size_t i = 0; i < wp_value_size(kwargs); i++) {
    std::string name = Value::retain(wp_value_key(kwargs, i)).as_string();
    keywords.emplace(name, make(wp_value_item(kwargs, i), keyword(declared, name), "kwargs." + name));
  }
  return invoke(method, std::move(arguments), keywords);
}

std::vector<StateEntry> Model::named(bool parameters) const {
  std::vector<StateEntry> found;
  std::unordered_set<at::TensorImpl *> seen;
  for (StateEntry &entry : state()) {
    if (entry.is_parameter == parameters && seen.insert(entry.tensor.unsafeGetTensorImpl()).second) {
      found.push_back(std::move(entry));
    }
  }
  return found;
}

void Model::to(std::optional<at::Device> device, std::optional<at::ScalarType> dtype) {
  at::NoGradGuard no_grad;
  auto convert = [&](at::Tensor tensor) {
    bool floating = tensor.is_floating_point() || tensor.is_complex();
    replace_data(tensor, tensor.to(device.value_or(tensor.device()), dtype && floating ? *dtype : tensor.scalar_type()));
  };
  for (StateEntry &entry : state()) {
    convert(entry.tensor);
    if (at::Tensor &grad = entry.tensor.mutable_grad(); grad.defined()) convert(grad);
  }
}

void Model::zero_grad() {
  for (StateEntry &entry : state()) entry.tensor.mutable_grad() = at::Tensor();
}

size_t Model::set_requires_grad(const std::string &pattern, bool on) {
  size_t changed = 0;
  for (StateEntry &entry : state()) {
    if (!entry.is_parameter || !fits(pattern, entry.name)) continue;
    entry.tensor.set_requires_grad(on);
    changed++;
  }
  if (!changed) fail_at(pattern, WP_ERROR_NOT_FOUND, "no parameter has a name that fits");
  return changed;
}

}  // namespace weightport::libtorch
