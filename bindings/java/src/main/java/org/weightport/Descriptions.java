// SPDX-License-Identifier: MIT
package org.weightport;

/** A line on a value, for debuggers and logs. */
final class Descriptions {
  private static final int MOST = 60;

  private Descriptions() {}

  /** The kind, and of what is no container the value. */
  static String of(Value value) {
    String detail = detail(value);
    return detail.isEmpty() ? value.kind().toString() : value.kind() + " " + detail;
  }

  private static String detail(Value value) {
    switch (value.kind()) {
      case NONE:
        return "";
      case BOOL:
        return value.asBoolean() ? "True" : "False";
      case INT:
        return value.asBigInteger().toString();
      case FLOAT:
        return Double.toString(value.asDouble());
      case COMPLEX:
        return value.asComplex().toString();
      case STRING:
        return quoted(value.asString());
      case BYTES:
        return "of " + value.asBytes().length;
      case TENSOR:
        try (Tensor tensor = value.asTensor()) {
          return tensor.toString();
        }
      case DTYPE:
        return value.dtypeName();
      case DEVICE:
        return value.asDevice();
      case OBJECT:
        return value.isClass() ? value.className() + " itself" : value.className();
      default:
        return (value.className().isEmpty() ? "" : value.className() + " ") + "of " + value.size();
    }
  }

  private static String quoted(String text) {
    String part = text.length() <= MOST ? text : text.substring(0, MOST);
    return "\"" + part.replace("\n", "\\n") + "\"" + (text.length() <= MOST ? "" : "...");
  }
}
