// SPDX-License-Identifier: MIT
package org.weightport;

import java.math.BigInteger;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** Paths and values of expected.json in a checkpoint. */
final class Walk {
  private Walk() {}

  /** Goes keys of dicts, indices of lists, names of attributes. */
  static Value to(Checkpoint checkpoint, List<?> path) {
    Value node = checkpoint.root();
    for (Object step : path) node = into(node, step);
    return node;
  }

  private static Value into(Value node, Object step) {
    if (node.kind() == Kind.DICT || node.size() > 0) {
      Value found = entry(node, step);
      if (found != null) return found;
    }
    if (step instanceof Long) return node.item(((Long) step).intValue());
    Value attributes = node.attributes();
    Value found = entry(attributes, step);
    // A class with __slots__ pickles a pair of dicts.
    for (int i = 0; found == null && attributes.kind() == Kind.TUPLE && i < attributes.size(); i++) {
      found = entry(attributes.item(i), step);
    }
    if (found == null) throw new AssertionError("no " + step);
    return found;
  }

  /** The value of a key: those that are neither strings nor small ints are strings in a path. */
  private static Value entry(Value dict, Object step) {
    if (step instanceof Long) return dict.find((Long) step);
    Value found = step instanceof String ? dict.find((String) step) : null;
    for (int i = 0; found == null && dict.kind() == Kind.DICT && i < dict.size(); i++) {
      Value key = dict.key(i);
      if (key.kind() == Kind.INT && key.asBigInteger().toString().equals(step.toString())) found = dict.item(i);
    }
    return found;
  }

  /** Writes a value of a checkpoint's, or one of expected.json, so that 1, 1.0 and true differ. */
  static String form(Object value) {
    if (value instanceof Double) {
      double number = (Double) value;
      if (Double.isNaN(number)) return form("nan");
      return Double.isInfinite(number) ? form(number < 0 ? "-inf" : "inf") : "float " + number;
    }
    if (value instanceof Python.Complex) {
      return form(List.of(((Python.Complex) value).real(), ((Python.Complex) value).imag()));
    }
    if (value instanceof byte[]) return form(Base64.getEncoder().encodeToString((byte[]) value));
    if (value instanceof String || value instanceof BigInteger || value instanceof DType || value instanceof Python.Device) {
      return '"' + value.toString() + '"';
    }
    if (value instanceof List) return ((List<?>) value).stream().map(Walk::form).collect(Collectors.joining(", ", "[", "]"));
    return String.valueOf(value);
  }
}
