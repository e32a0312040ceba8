// SPDX-License-Identifier: MIT
#include "value/path.hpp"

#include <charconv>
#include <optional>
#include <string>

#include "base/error.hpp"
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

Node *child(const Node &node, std::string_view step) noexcept {
  if (Node *found = find(node, step)) return found;
  Node *attribute = nullptr;
  each_attribute_dict(node, [&](const Dict &dict) {
    if (!attribute) attribute = find_string(dict, step);
  });
  if (attribute) return attribute;
  auto number = as_number(step);
  if (!number) return nullptr;
  const Items &items = items_of(node);
  if (*number >= 0 && *number < items.size) return items.data[*number];
  return find_int(node, *number);
}

// Goes as far as the path leads; `rest` is what remains of it.
Node *follow(Node &start, std::string_view path, std::optional<std::string_view> &rest) noexcept {
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

Node *find_at(Node &node, std::string_view path) noexcept {
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
