// SPDX-License-Identifier: MIT
#include "layers/settings.hpp"

#include <algorithm>

#include "layers/path.hpp"

namespace weightport::libtorch {
namespace {

// Names for the kinds that a parameter may be of, for errors.
std::string kinds_text(unsigned kinds) {
  struct Named {
    unsigned kind;
    const char *name;
  };
  std::string text;
  for (auto [kind, name] : {Named{kInt, "an int"}, Named{kFloat, "a float"}, Named{kBool, "a bool"}, Named{kText, "a string"},
                            Named{kInts | kSizes, "a list of ints"}, Named{kFloats, "a list of floats"}, Named{kNone, "None"},
                            Named{kDtype, "a dtype"}, Named{kDevice, "a device"}, Named{kFunction, "a function"},
                            Named{kLayer, "a layer"}, Named{kLayers, "a list or dict of layers"}}) {
    if (kinds & kind) append(text, concat(text.empty() ? "" : " or ", name));
  }
  return text;
}

[[noreturn]] void mismatch(const wp_value *value, unsigned kinds, const std::string &path) {
  fail_at(path, WP_ERROR_MISMATCH, "a ", wp_kind_name(wp_value_kind(value)), " where ", kinds_text(kinds), " is expected");
}

int64_t to_dtype(const std::string &name, const std::string &path) {
  std::string plain = name.starts_with("torch.") ? name.substr(6) : name;
  wp_dtype dtype = wp_dtype_from_name(plain.c_str());
  if (dtype == WP_DTYPE_UNDEFINED) fail_at(path, WP_ERROR_UNSUPPORTED, "there is no dtype ", printable(name));
  return static_cast<int64_t>(to_scalar_type(dtype));
}

c10::IValue text_setting(const wp_value *value, unsigned kinds, const std::string &path) {
  std::string text = Value::retain(value).as_string();
  if (kinds & kDtype) return to_dtype(text, path);
  if (kinds & kDevice) return to_device(text.c_str());
  if (kinds & (kText | kFunction)) return text;
  mismatch(value, kinds, path);
}

c10::IValue list_setting(const wp_value *value, unsigned kinds, const std::string &path) {
  std::vector<int64_t> ints;
  std::vector<double> floats;
  for (size_t i = 0; i < wp_value_size(value); i++) {
    Value item = Value::retain(wp_value_item(value, i));
    std::string item_path = path + "." + std::to_string(i);
    wp_kind kind = item.kind();
    if (kinds & kFloats && (kind == WP_KIND_FLOAT || kind == WP_KIND_INT)) {
      floats.push_back(item.as_float());
    } else if (kinds & (kInts | kSizes) && kind == WP_KIND_INT) {
      ints.push_back(item.as_int());
    } else if (kinds & kSizes && kind == WP_KIND_NONE) {
      ints.push_back(kSameSize);
    } else {
      mismatch(item.get(), kinds & kFloats ? kFloat : kInt, item_path);
    }
  }
  if (kinds & kFloats) return floats;
  if (kinds & (kInts | kSizes)) return ints;
  mismatch(value, kinds, path);
}

}  // namespace

c10::IValue to_setting(const wp_value *value, unsigned kinds, const std::string &path) {
  Value kept = Value::retain(value);
  switch (kept.kind()) {
    case WP_KIND_NONE:
      if (kinds & kNone) return {};
      break;
    case WP_KIND_BOOL:
      if (kinds & kBool) return kept.as_bool();
      break;
    case WP_KIND_INT:
      if (kinds & (kInt | kInts | kSizes)) return kept.as_int();
      if (kinds & (kFloat | kFloats)) return kept.as_float();
      break;
    case WP_KIND_FLOAT:
      if (kinds & (kFloat | kFloats)) return kept.as_float();
      break;
    case WP_KIND_STRING:
      return text_setting(value, kinds, path);
    case WP_KIND_LIST:
    case WP_KIND_TUPLE:
    case WP_KIND_SIZE:
      return list_setting(value, kinds, path);
    case WP_KIND_DTYPE:
      if (kinds & kDtype) return to_dtype(wp_value_get_dtype_name(value), path);
      break;
    case WP_KIND_DEVICE: {
      const char *device;
      check(wp_value_get_device(&device, value));
      if (kinds & kDevice) return to_device(device);
      break;
    }
    case WP_KIND_OBJECT:
      if (kinds & kFunction) return kept.class_name();
      break;
    default:
      break;
  }
  mismatch(value, kinds, path);
}

std::string Settings::path_of(std::string_view name) const { return join_path(path_, name); }

void Settings::fail_with(std::string_view name, wp_code code, const std::string &message) const {
  fail_at(path_of(name), code, class_.name, "'s ", name, " ", message);
}

void Settings::set(const std::string &name, c10::IValue value) { values_[name] = std::move(value); }

void Settings::complete(bool fresh) {
  for (const Parameter &parameter : class_.parameters) {
    if (values_.count(parameter.name) || modules_.count(parameter.name) || (!fresh && parameter.kinds & kFresh)) continue;
    if (!parameter.otherwise) refuse(parameter.name, WP_ERROR_NOT_FOUND, "is not given");
    values_.emplace(parameter.name, *parameter.otherwise);
  }
}

const c10::IValue &Settings::get(std::string_view name) const {
  auto found = values_.find(name);
  if (found == values_.end()) refuse(name, WP_ERROR_NOT_FOUND, "is not given");
  return found->second;
}

int64_t Settings::positive(std::string_view name) const {
  int64_t value = integer(name);
  if (value < 1) refuse(name, WP_ERROR_INVALID_ARGUMENT, "is ", value, ", but has to be at least 1");
  return value;
}

double Settings::number(std::string_view name) const {
  const c10::IValue &value = get(name);
  return value.isInt() ? static_cast<double>(value.toInt()) : value.toDouble();
}

const std::string &Settings::choice(std::string_view name, std::initializer_list<std::string_view> choices) const {
  const std::string &given = text(name);
  if (std::find(choices.begin(), choices.end(), given) != choices.end()) return given;
  std::string list;
  for (std::string_view choice : choices) append(list, concat(list.empty() ? "" : ", ", choice));
  refuse(name, WP_ERROR_UNSUPPORTED, "is \"", printable(given), "\", not one of ", list);
}

std::vector<int64_t> Settings::ints(std::string_view name) const {
  const c10::IValue &value = get(name);
  return value.isInt() ? std::vector<int64_t>{value.toInt()} : value.toIntVector();
}

std::vector<double> Settings::numbers(std::string_view name) const {
  const c10::IValue &value = get(name);
  return value.isDoubleList() ? value.toDoubleVector() : std::vector<double>{number(name)};
}

std::vector<int64_t> Settings::ints(std::string_view name, size_t count) const {
  const c10::IValue &value = get(name);
  if (value.isInt()) return std::vector<int64_t>(count, value.toInt());
  if (value.isNone()) return std::vector<int64_t>(count, kSameSize);
  std::vector<int64_t> list = value.toIntVector();
  if (list.size() == 1) list.resize(count, list[0]);
  if (list.size() != count) refuse(name, WP_ERROR_MISMATCH, "has ", list.size(), " numbers, not ", count);
  return list;
}

std::vector<int64_t> Settings::positive_ints(std::string_view name, size_t count) const {
  std::vector<int64_t> list = ints(name, count);
  for (int64_t value : list) {
    if (value < 1) refuse(name, WP_ERROR_INVALID_ARGUMENT, "has a ", value, ", but has to be at least 1");
  }
  return list;
}

at::TensorOptions Settings::tensor_options() const {
  at::TensorOptions options = at::TensorOptions(at::kCPU).dtype(at::kFloat);
  // A pickled module brings its own tensors, and is not asked.
  auto device = values_.find("device"), dtype = values_.find("dtype");
  if (device != values_.end() && !device->second.isNone()) options = options.device(device->second.toDevice());
  if (dtype != values_.end() && !dtype->second.isNone()) {
    auto scalar_type = static_cast<at::ScalarType>(dtype->second.toInt());
    if (!at::isFloatingType(scalar_type) && !at::isComplexType(scalar_type)) {
      refuse("dtype", WP_ERROR_INVALID_ARGUMENT, "is no floating-point dtype");
    }
    options = options.dtype(scalar_type);
  }
  return options;
}

const Settings::Modules &Settings::modules(std::string_view name) const {
  static const Modules none;
  auto found = modules_.find(name);
  return found == modules_.end() ? none : found->second;
}

Child Settings::module(std::string_view name) const {
  const Modules &all = modules(name);
  return all.empty() ? Child() : all.front().child;
}

}  // namespace weightport::libtorch
