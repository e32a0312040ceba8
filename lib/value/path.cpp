// SPDX-License-Identifier: MIT
#include "value/path.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/real.hpp"
#include "value/key.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

std::optional<int64_t> as_number(std::string_view step) noexcept {
  int64_t number;
  auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), number);
  if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
  return number;
}

// The state that an object pickled, where it is not attributes: these have names of their own.
Node *state_of(const Node &node) noexcept {
  const Extra *extra = extra_of(node);
  Node *state = extra ? extra->attributes : nullptr;
  if (!state || state->is(WP_KIND_NONE) || state->is(WP_KIND_DICT)) return nullptr;
  const Items &items = items_of(*state);
  bool slots = state->is(WP_KIND_TUPLE) && items.size && std::all_of(items.data, items.data + items.size, [](const Node *item) {
                 return item->is(WP_KIND_DICT) || item->is(WP_KIND_NONE);
               });
  return slots ? nullptr : state;
}

// The arguments of a constructor, where an object has nothing else with numbers: those of a namedtuple are its items.
const Items &arguments_of(const Node &node) noexcept {
  static constexpr Items kNone{};
  const Extra *extra = extra_of(node);
  return node.is(WP_KIND_OBJECT) && !child_count(node) && extra->args ? items_of(*extra->args) : kNone;
}

Node *item_at(const Items &items, int64_t index) noexcept {
  return index >= 0 && index < items.size ? items.data[index] : nullptr;
}

Node *find_number(const Node &node, int64_t number) noexcept {
  if (Node *item = item_at(items_of(node), number)) return item;
  if (Node *value = find_int(node, number)) return value;
  return item_at(arguments_of(node), number);
}

// What a dict has under None, a bool, a float, or an int of more than 64 bits.
Node *find_scalar(const Dict &dict, std::string_view step) {
  Node key{};
  key.kind = WP_KIND_NONE;
  if (step == "True" || step == "False") {
    key.kind = WP_KIND_BOOL;
    key.flag = step == "True";
  } else if (step.find_first_not_of("-0123456789") == step.npos) {
    key.kind = WP_KIND_INT;
    key.flag = true;
    key.text = {step.data(), step.size()};
  } else if (auto real = real_from(step)) {
    key.kind = WP_KIND_FLOAT;
    key.real = *real;
  } else if (step != "None") {
    return nullptr;
  }
  DictEntry *entry = find_entry(dict, key, hash_key(key));
  return entry && entry->key->kind == key.kind ? entry->value : nullptr;
}

Node *child(const Node &node, std::string_view step) {
  if (Node *found = find(node, step)) return found;
  Node *attribute = nullptr;
  each_attribute_dict(node, [&](const Dict &dict) {
    if (!attribute) attribute = find_string(dict, step);
  });
  if (attribute) return attribute;
  if (step == "__state__") return state_of(node);
  if (auto number = as_number(step)) return find_number(node, *number);
  const Dict *dict = dict_of(node);
  return dict ? find_scalar(*dict, step) : nullptr;
}

// Goes as far as the path leads; `rest` is what remains of it.
Node *follow(Node &start, std::string_view path, std::optional<std::string_view> &rest) {
  Node *node = &start;
  rest = path.empty() ? std::nullopt : std::optional(path);
  while (rest) {
    Node *next = nullptr;
    size_t end = rest->size();
    while (!(next = child(*node, rest->substr(0, end)))) {
      if (end == 0) return node;
      end = rest->rfind('.', end - 1);
      if (end == std::string_view::npos) return node;
    }
    node = next;
    rest = end == rest->size() ? std::nullopt : std::optional(rest->substr(end + 1));
  }
  return node;
}

}  // namespace

Node *find_at(Node &node, std::string_view path) {
  std::optional<std::string_view> rest;
  Node *reached = follow(node, path, rest);
  return rest ? nullptr : reached;
}

Node *value_at(Node &node, std::string_view path) {
  std::optional<std::string_view> rest;
  Node *reached = follow(node, path, rest);
  if (!rest) return reached;
  std::string_view before = path.substr(0, path.size() - rest->size());
  if (!before.empty()) before.remove_suffix(1);
  std::string where = before.empty() ? "" : concat(" at \"", printable(before), "\"");
  std::string_view step = rest->substr(0, rest->find('.'));
  throw Error(WP_ERROR_NOT_FOUND, concat("the ", kind_name(reached->kind), where, " has no \"", printable(step), "\""))
      .with_key(path);
}

}  // namespace weightport
