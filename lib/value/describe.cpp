// SPDX-License-Identifier: MIT
#include "value/describe.hpp"

#include <charconv>

#include "base/text.hpp"
#include "tensor/dtype.hpp"
#include "value/kind.hpp"

namespace weightport {
std::string describe(double number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

std::string describe(const Tensor &tensor) {
  std::string text;
  if (tensor.layout() != WP_LAYOUT_STRIDED) text = concat(layout_name(tensor.layout()), " ");
  append(text, concat(dtype_info(tensor.dtype())->name, " ["));
  for (size_t i = 0; i < tensor.ndim(); ++i) append(text, concat(i ? ", " : "", tensor.shape()[i]));
  append(text, ']');
  return text;
}

std::string describe(const Node &node) {
  switch (node.kind) {
    case WP_KIND_NONE:
      return "None";
    case WP_KIND_BOOL:
      return node.flag ? "True" : "False";
    case WP_KIND_INT:
      return node.flag ? printable(node.view(), 40) : concat(node.integer);
    case WP_KIND_FLOAT:
      return describe(node.real);
    case WP_KIND_COMPLEX:
      return concat(describe(node.complex.re), node.complex.im < 0 ? "" : "+", describe(node.complex.im), 'j');
    case WP_KIND_STRING:
      return concat('"', printable(node.view(), 60), '"');
    case WP_KIND_BYTES:
      return concat(node.text.size, " bytes");
    case WP_KIND_TENSOR:
      return describe(*node.tensor.pointer);
    case WP_KIND_DTYPE:
      return dtype_info(node.dtype)->name;
    case WP_KIND_DEVICE:
      return printable(node.view(), 40);
    case WP_KIND_OBJECT:
      return concat(node.object->is_global ? "the class " : "an object of ", printable(node.object->extra.class_name));
    default:
      return concat(a_kind(node.kind), " of ", child_count(node));
  }
}

}  // namespace weightport
