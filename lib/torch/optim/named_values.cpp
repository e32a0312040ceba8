// SPDX-License-Identifier: MIT
#include "optim/named_values.hpp"

#include <algorithm>

#include "exchange/fail.hpp"

namespace weightport::libtorch {

NamedValues::NamedValues(const Value &dict, const std::string &path) {
  if (dict.kind() != WP_KIND_DICT) fail_kind(dict, "a dict", path);
  for (size_t i = 0; i < dict.size(); i++) entries_.emplace_back(read_text(dict.key(i), path), clone(dict.item(i)));
}

NamedValues NamedValues::from_json(std::string_view json) {
  wp_value *parsed;
  check(wp_value_from_json(&parsed, json.data(), json.size()));
  return NamedValues(Value(parsed), "");
}

const Value *NamedValues::find(std::string_view name) const noexcept {
  for (const auto &[key, value] : entries_) {
    if (key == name) return &value;
  }
  return nullptr;
}

void NamedValues::set(std::string_view name, Value value) {
  for (auto &[key, old] : entries_) {
    if (key == name) {
      old = std::move(value);
      return;
    }
  }
  entries_.emplace_back(name, std::move(value));
}

void NamedValues::set_default(std::string_view name, const Value &value) {
  if (!find(name)) entries_.emplace_back(name, value);
}

void NamedValues::erase(std::string_view name) {
  std::erase_if(entries_, [&](const Entry &entry) { return entry.first == name; });
}

const Value &NamedValues::at(const std::string &name) const {
  const Value *value = find(name);
  if (!value) fail_at(name, WP_ERROR_MISMATCH, "an entry is missing");
  return *value;
}

std::vector<double> NamedValues::reals(const std::string &name) const {
  const Value &list = at(name);
  if (!is_sequence(list)) fail_kind(list, "a list", name);
  std::vector<double> numbers;
  for (size_t i = 0; i < list.size(); i++) numbers.push_back(read_real(list.item(i), concat(name, ".", i)));
  return numbers;
}

Value NamedValues::to_dict() const {
  Value dict = Value::dict();
  for (const auto &[key, value] : entries_) dict.set(key, value);
  return dict;
}

Value list_of(const std::vector<double> &numbers) {
  Value list = Value::list();
  for (double number : numbers) list.append(Value::of(number));
  return list;
}

}  // namespace weightport::libtorch
