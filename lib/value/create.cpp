// SPDX-License-Identifier: MIT
#include "value/create.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "value/copy.hpp"
#include "value/edit.hpp"
#include "value/integer.hpp"
#include "value/names.hpp"

namespace weightport {
namespace {

bool is_decimal(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

Node *new_sequence(Tree &tree, wp_kind kind, std::span<const Node *const> items) {
  Node *sequence = tree.sequence(kind);
  Copier copier(tree);
  for (const Node *item : items) tree.append(*sequence, copier.copy(*item));
  return sequence;
}

}  // namespace

Node *new_string(Tree &tree, std::string_view text) {
  if (!is_utf8(text)) fail(WP_ERROR_INVALID_ARGUMENT, "\"", printable(text), "\" is not UTF-8");
  return tree.string(text);
}

Node *new_integer(Tree &tree, std::string_view decimal) {
  if (!is_decimal(decimal)) fail(WP_ERROR_INVALID_ARGUMENT, "\"", printable(decimal), "\" is not a number of digits");
  Node *node = integer_from_text(tree, decimal);
  if (node->flag && integer_to_bytes(node->view()).size() > kMaxIntBytes) {
    fail(WP_ERROR_LIMIT, "the int is wider than ", kMaxIntBytes, " bytes");
  }
  return node;
}

Node *new_device(Tree &tree, std::string_view name) {
  if (!is_device(name)) {
    fail(WP_ERROR_INVALID_ARGUMENT, "\"", printable(name), "\" does not name a device, as \"cpu\" and \"cuda:0\" do");
  }
  return tree.device(name);
}

Node *new_object(Tree &tree, std::string_view class_name, const Node *args, const Node *attributes) {
  if (!is_class_name(class_name)) {
    fail(WP_ERROR_INVALID_ARGUMENT, "\"", printable(class_name), "\" is not of the form \"module.Class\"");
  }
  Node *node = tree.object(tree.copy(class_name));
  Object &object = *node->object;
  object.is_global = !args && !attributes;
  object.creation = args ? Creation::kCall : Creation::kNew;
  Copier copier(tree);
  // No arguments are none, as in what a file is read to.
  if (args && args->items.size) object.extra.args = copier.copy(*args);
  if (attributes) object.extra.attributes = copier.copy(*attributes);
  return node;
}

Node *new_tuple(Tree &tree, std::span<const Node *const> items) { return new_sequence(tree, WP_KIND_TUPLE, items); }

Node *new_frozenset(Tree &tree, std::span<const Node *const> items) {
  std::for_each(items.begin(), items.end(), [](const Node *item) { require_hashable(*item); });
  Node *set = new_sequence(tree, WP_KIND_SET, items);
  set->flag = true;
  return set;
}

Node *new_state_dict(Tree &tree, const StateDict &state_dict) {
  Node *dict = tree.dict("collections.OrderedDict");
  for (size_t i = 0; i < state_dict.size(); ++i) {
    tree.set(*dict, new_string(tree, state_dict.name_at(i)), tree.tensor(state_dict.tensor_at(i)));
  }
  return dict;
}

}  // namespace weightport
