// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes objects of Java of a tree. */
final class Unfolding {
  private final Map<Long, Object> done = new HashMap<>();
  private final Set<Long> inside = new HashSet<>();
  private final Map<Object, Object> frozen = new HashMap<>();

  Object of(Value value) {
    Long address = value.address();
    if (done.containsKey(address)) return done.get(address);
    if (!inside.add(address)) throw new WeightportException(Code.UNSUPPORTED, "", "the value contains itself");
    Object result = unfold(value);
    inside.remove(address);
    done.put(address, result);
    return result;
  }

  private Object unfold(Value value) {
    switch (value.kind()) {
      case NONE:
        return null;
      case BOOL:
        return value.asBoolean();
      case INT:
        return integer(value);
      case FLOAT:
        return value.asDouble();
      case COMPLEX:
        return value.asComplex();
      case STRING:
        return value.asString();
      case BYTES:
        return value.asBytes();
      case TENSOR:
        return value.asTensor();
      case DTYPE:
        DType dtype = DType.of(value.dtypeName());
        return dtype == DType.UNDEFINED ? value.dtypeName() : dtype;
      case DEVICE:
        return new Python.Device(value.asDevice());
      case LIST:
        return items(value);
      case TUPLE:
        return new Python.Tuple(items(value).toArray());
      case SET:
        return set(value);
      case SIZE:
        return new Python.Size(items(value).stream().mapToLong(size -> (Long) size).toArray());
      case DICT:
        return entries(value);
      default:
        return instance(value);
    }
  }

  private static Object integer(Value value) {
    try {
      return value.asLong();
    } catch (WeightportException large) {
      return value.asBigInteger();
    }
  }

  private List<Object> items(Value value) {
    List<Object> items = new ArrayList<>();
    for (Value item : value) items.add(of(item));
    return items;
  }

  private Set<Object> set(Value value) {
    List<Object> items = items(value);
    return value.className().equals("builtins.frozenset") ? frozen(items) : new LinkedHashSet<>(items);
  }

  /** Of equal ones there is one: to compare those of a file that has them in each other could take for ever. */
  private Python.FrozenSet frozen(List<Object> items) {
    Python.FrozenSet made = new Python.FrozenSet(items.toArray());
    Object same = frozen.putIfAbsent(made, made);
    return same == null ? made : (Python.FrozenSet) same;
  }

  private Map<Object, Object> entries(Value value) {
    boolean ordered = value.className().equals("collections.OrderedDict");
    Map<Object, Object> entries = ordered ? new Python.OrderedDict() : new LinkedHashMap<>();
    for (int i = 0; i < value.size(); i++) entries.put(of(value.key(i)), of(value.item(i)));
    return entries;
  }

  private Python.Instance instance(Value value) {
    Value args = value.args();
    Value attributes = value.attributes();
    Object unfolded = args == null ? null : of(args);
    return new Python.Instance(value.className(), unfolded instanceof Python.Tuple ? (Python.Tuple) unfolded : null,
        attributes == null ? null : of(attributes));
  }
}
