// SPDX-License-Identifier: MIT
package org.weightport;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON as null, Boolean, Long, BigInteger, Double, String, List and Map, so that 1 and 1.0 stay apart. */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  static Object read(String text) {
    return new Json(text).value();
  }

  private char next() {
    while (Character.isWhitespace(text.charAt(at))) at++;
    return text.charAt(at);
  }

  private boolean skip(char wanted) {
    if (next() != wanted) return false;
    at++;
    return true;
  }

  private Object value() {
    switch (next()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      default:
        return scalar();
    }
  }

  private Map<String, Object> object() {
    Map<String, Object> entries = new LinkedHashMap<>();
    at++;
    while (!skip('}')) {
      next();
      String key = string();
      if (!skip(':')) throw new IllegalArgumentException("no colon at " + at);
      entries.put(key, value());
      skip(',');
    }
    return entries;
  }

  private List<Object> array() {
    List<Object> items = new ArrayList<>();
    at++;
    while (!skip(']')) {
      items.add(value());
      skip(',');
    }
    return items;
  }

  private String string() {
    StringBuilder out = new StringBuilder();
    for (at++; text.charAt(at) != '"'; at++) {
      if (text.charAt(at) != '\\') {
        out.append(text.charAt(at));
        continue;
      }
      char escape = text.charAt(++at);
      if (escape == 'u') {
        out.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
        at += 4;
      } else {
        int known = "bfnrt".indexOf(escape);
        out.append(known < 0 ? escape : "\b\f\n\r\t".charAt(known));
      }
    }
    at++;
    return out.toString();
  }

  private Object scalar() {
    int start = at;
    while (at < text.length() && ",]} \n\r\t".indexOf(text.charAt(at)) < 0) at++;
    String word = text.substring(start, at);
    switch (word) {
      case "null":
        return null;
      case "true":
      case "false":
        return Boolean.valueOf(word);
      default:
        if (word.matches(".*[.eE].*") || word.endsWith("Infinity") || word.equals("NaN")) return Double.valueOf(word);
        BigInteger number = new BigInteger(word);
        return number.bitLength() < 64 ? (Object) number.longValue() : number;
    }
  }
}
