// SPDX-License-Identifier: MIT
#include "value/scalar.hpp"

#include <optional>

#include "base/error.hpp"
#include "base/real.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

bool is(const Node *node, wp_kind kind) noexcept { return node && node->is(kind); }

}  // namespace

const Node &expect(const Node *node, wp_kind kind) {
  if (!node) fail(WP_ERROR_MISMATCH, "a value of kind ", kind_name(kind), " is wanted, and there is none (NULL)");
  if (!node->is(kind)) fail(WP_ERROR_MISMATCH, "a value of kind ", kind_name(kind), " is wanted, not ", kind_name(node->kind));
  return *node;
}

bool bool_of(const Node *node) { return expect(node, WP_KIND_BOOL).flag; }

int64_t int_of(const Node *node) {
  if (is(node, WP_KIND_BOOL)) return node->flag;
  const Node &number = expect(node, WP_KIND_INT);
  if (number.flag) fail(WP_ERROR_LIMIT, "the int needs more than 64 bits");
  return number.integer;
}

double float_of(const Node *node) {
  if (!is(node, WP_KIND_INT)) return expect(node, WP_KIND_FLOAT).real;
  if (!node->flag) return static_cast<double>(node->integer);
  std::optional<double> number = real_from(node->view());
  if (!number) fail(WP_ERROR_LIMIT, "the int is larger than any float");
  return *number;
}

std::complex<double> complex_of(const Node *node) {
  if (is(node, WP_KIND_FLOAT) || is(node, WP_KIND_INT)) return float_of(node);
  const Node &number = expect(node, WP_KIND_COMPLEX);
  return {number.complex.re, number.complex.im};
}

wp_dtype dtype_of(const Node *node) { return expect(node, WP_KIND_DTYPE).dtype; }

}  // namespace weightport
