// SPDX-License-Identifier: MIT
#include "format/json_tree.hpp"

#include <vector>

#include "base/error.hpp"

namespace weightport {
namespace {

namespace dom = simdjson::dom;

// A container that has a node, and no children yet.
struct Container {
  dom::element element;
  Node *node;
  uint32_t depth;
};

class JsonWalk {
 public:
  JsonWalk(Tree &tree, uint32_t max_depth, std::string_view what)
      : tree_(tree), scratch_(tree), max_depth_(max_depth), what_(what) {}

  Node *run(dom::element root) {
    Node *node = make(root, 1);
    while (!work_.empty()) {
      Container container = work_.back();
      work_.pop_back();
      if (container.element.is_array()) {
        fill_list(container);
      } else {
        fill_dict(container);
      }
    }
    return node;
  }

 private:
  Node *make(dom::element element, uint32_t depth) {
    switch (element.type()) {
      case dom::element_type::OBJECT:
        return enter(element, tree_.dict(), depth);
      case dom::element_type::ARRAY:
        return enter(element, tree_.list(), depth);
      case dom::element_type::STRING:
        return tree_.string(element.get_string().value_unsafe());
      case dom::element_type::INT64:
        return tree_.integer(element.get_int64().value_unsafe());
      case dom::element_type::UINT64:
        return tree_.big_integer(concat(element.get_uint64().value_unsafe()));
      case dom::element_type::DOUBLE:
        return tree_.real(element.get_double().value_unsafe());
      case dom::element_type::BOOL:
        return tree_.boolean(element.get_bool().value_unsafe());
      default:
        break;  // null; newer simdjson has big integers too, of a parser that is told to keep them
    }
    return tree_.none();
  }

  Node *enter(dom::element element, Node *node, uint32_t depth) {
    if (depth > max_depth_) fail(WP_ERROR_LIMIT, what_, " is nested deeper than ", max_depth_, " levels");
    scratch_.charge(2 * sizeof(Container));  // a vector that grows may take twice its size
    work_.push_back({element, node, depth});
    return node;
  }

  void fill_list(const Container &container) {
    auto items = json_value<dom::array>(container.element, what_);
    for (dom::element item : items) tree_.append(*container.node, make(item, container.depth + 1));
  }

  void fill_dict(const Container &container) {
    uint32_t size = 0;
    auto entries = json_value<dom::object>(container.element, what_);
    for (auto [key, value] : entries) {
      tree_.set(*container.node, tree_.string(key), make(value, container.depth + 1));
      if (child_count(*container.node) != ++size) fail(WP_ERROR_CORRUPT, what_, " holds \"", printable(key), "\" twice");
    }
  }

  Tree &tree_;
  Scratch scratch_;
  uint32_t max_depth_;
  std::string_view what_;
  std::vector<Container> work_;
};

}  // namespace

Node *json_tree(Tree &tree, dom::element root, uint32_t max_depth, std::string_view what) {
  return JsonWalk(tree, max_depth, what).run(root);
}

}  // namespace weightport
