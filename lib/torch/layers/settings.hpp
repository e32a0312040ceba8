// SPDX-License-Identifier: MIT
// The keyword arguments of one layer, checked and with defaults filled in.
#pragma once

#include <initializer_list>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "layers/layer.hpp"

namespace weightport::libtorch {

// The size of the input, where a list of sizes has None.
constexpr int64_t kSameSize = std::numeric_limits<int64_t>::min();

// A value as a keyword argument of a kind, which is no layer. Throws MISMATCH, whose key is `path`.
c10::IValue to_setting(const wp_value *value, unsigned kinds, const std::string &path);

// Each getter takes the name of a parameter that the class has, of the kind that the getter says.
class Settings {
 public:
  using Modules = std::vector<Layer::NamedChild>;
  // `path` is where the layer is described, for errors.
  Settings(const LayerClass &layer_class, std::string path) : class_(layer_class), path_(std::move(path)) {}

  void set(const std::string &name, c10::IValue value);
  void set(const std::string &name, Modules modules) { modules_[name] = std::move(modules); }
  // Fills defaults in. Throws NOT_FOUND for what is missing.
  void complete(bool fresh);

  bool is_none(std::string_view name) const { return get(name).isNone(); }
  bool is_text(std::string_view name) const { return get(name).isString(); }
  bool is_int(std::string_view name) const { return get(name).isInt(); }
  int64_t integer(std::string_view name) const { return get(name).toInt(); }
  // The same, at least 1: it will be divided by.
  int64_t positive(std::string_view name) const;
  double number(std::string_view name) const;
  bool flag(std::string_view name) const { return get(name).toBool(); }
  const std::string &text(std::string_view name) const { return get(name).toStringRef(); }
  // Throws UNSUPPORTED unless the text is one of the choices.
  const std::string &choice(std::string_view name, std::initializer_list<std::string_view> choices) const;
  // A list, or an int as a list of one.
  std::vector<int64_t> ints(std::string_view name) const;
  std::vector<double> numbers(std::string_view name) const;
  // One for each of `count` dimensions: an int, or None, stands for all. Throws MISMATCH for a list of another length.
  std::vector<int64_t> ints(std::string_view name, size_t count) const;
  // The same, each at least 1.
  std::vector<int64_t> positive_ints(std::string_view name, size_t count) const;
  // Of device and dtype.
  at::TensorOptions tensor_options() const;
  // None, or one layer, or several.
  const Modules &modules(std::string_view name) const;
  Child module(std::string_view name) const;
  const c10::IValue &get(std::string_view name) const;

  const LayerClass &layer_class() const noexcept { return class_; }
  std::string path_of(std::string_view name) const;
  template <class... Parts>
  [[noreturn]] void refuse(std::string_view name, wp_code code, const Parts &...parts) const {
    fail_with(name, code, concat(parts...));
  }

 private:
  [[noreturn]] void fail_with(std::string_view name, wp_code code, const std::string &message) const;

  const LayerClass &class_;
  std::string path_;
  std::map<std::string, c10::IValue, std::less<>> values_;
  std::map<std::string, Modules, std::less<>> modules_;
};

}  // namespace weightport::libtorch
