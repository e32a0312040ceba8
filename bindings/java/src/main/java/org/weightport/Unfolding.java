// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Makes objects of Java of a tree, from the inside out and without recursion: the stack may be a small one. */
final class Unfolding {
  private final Deque<Container> open = new ArrayDeque<>();
  private final Map<Long, Object> done = new HashMap<>();
  private final Set<Long> inside = new HashSet<>();
  private final Map<Members, Python.FrozenSet> frozen = new HashMap<>();

  /** What becomes one object when all parts of it are made. */
  private static final class Container {
    final Value value;
    final Iterator<Value> parts;
    final List<Object> made = new ArrayList<>();

    Container(Value value) {
      this.value = value;
      this.parts = parts(value);
    }
  }

  Object of(Value root) {
    List<Object> result = new ArrayList<>();
    add(root, result);
    while (!open.isEmpty()) {
      Container container = open.peek();
      if (container.parts.hasNext()) {
        add(container.parts.next(), container.made);
        continue;
      }
      open.pop();
      Long address = container.value.address();
      Object made = whole(container.value, container.made);
      inside.remove(address);
      done.put(address, made);
      (open.isEmpty() ? result : open.peek().made).add(made);
    }
    return result.get(0);
  }

  private void add(Value value, List<Object> to) {
    Long address = value.address();
    if (done.containsKey(address)) {
      to.add(done.get(address));
    } else if (isContainer(value.kind())) {
      if (!inside.add(address)) throw new WeightportException(Code.UNSUPPORTED, "", "the value contains itself");
      open.push(new Container(value));
    } else {
      Object made = single(value);
      done.put(address, made);
      to.add(made);
    }
  }

  private static boolean isContainer(Kind kind) {
    return kind == Kind.LIST || kind == Kind.TUPLE || kind == Kind.SET || kind == Kind.DICT || kind == Kind.OBJECT;
  }

  private static Iterator<Value> parts(Value value) {
    if (value.kind() == Kind.DICT) {
      return IntStream.range(0, 2 * value.size()).mapToObj(i -> i % 2 == 0 ? value.key(i / 2) : value.item(i / 2)).iterator();
    }
    if (value.kind() == Kind.OBJECT) return Stream.of(value.args(), value.attributes()).filter(Objects::nonNull).iterator();
    return value.iterator();
  }

  private Object whole(Value value, List<Object> parts) {
    switch (value.kind()) {
      case LIST:
        return parts;
      case TUPLE:
        return new Python.Tuple(parts.toArray());
      case SET:
        return value.className().equals("builtins.frozenset") ? frozen(parts) : new LinkedHashSet<>(parts);
      case DICT:
        return dict(value, parts);
      default:
        return instance(value, parts);
    }
  }

  private static Object single(Value value) {
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
        return value.asDType();
      case DEVICE:
        return new Python.Device(value.asDevice());
      default:
        return new Python.Size(IntStream.range(0, value.size()).mapToLong(i -> value.item(i).asLong()).toArray());
    }
  }

  private static Object integer(Value value) {
    try {
      return value.asLong();
    } catch (WeightportException large) {
      return value.asBigInteger();
    }
  }

  /** Of equal ones there is one: to compare those of a file that has them in each other could take for ever. */
  private Python.FrozenSet frozen(List<Object> items) {
    return frozen.computeIfAbsent(new Members(items), members -> new Python.FrozenSet(items.toArray()));
  }

  /** What tells frozensets apart: their members, of which equal frozensets are one already. */
  private static final class Members {
    private final Set<Object> items = new HashSet<>();
    /** A set's own is the sum of its members', and so that of many sets. */
    private final int hash;

    Members(List<Object> members) {
      int sum = 0;
      for (Object member : members) {
        Object item = member instanceof Python.FrozenSet ? new Same(member) : member;
        // As murmur3 ends.
        int mixed = item == null ? 1 : item.hashCode();
        mixed = (mixed ^ mixed >>> 16) * 0x85ebca6b;
        mixed = (mixed ^ mixed >>> 13) * 0xc2b2ae35;
        if (items.add(item)) sum += mixed ^ mixed >>> 16;
      }
      hash = sum;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Members && hash == ((Members) other).hash && items.equals(((Members) other).items);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** An object that equals nothing but itself. */
  private static final class Same {
    private final Object object;

    Same(Object object) {
      this.object = object;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Same && object == ((Same) other).object;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(object);
    }
  }

  private static Map<Object, Object> dict(Value value, List<Object> parts) {
    boolean ordered = value.className().equals("collections.OrderedDict");
    Map<Object, Object> entries = ordered ? new Python.OrderedDict() : new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i += 2) entries.put(parts.get(i), parts.get(i + 1));
    return entries;
  }

  private static Python.Instance instance(Value value, List<Object> parts) {
    Object args = value.args() == null ? null : parts.get(0);
    Object attributes = value.attributes() == null ? null : parts.get(parts.size() - 1);
    Python.Tuple tuple = args instanceof Python.Tuple ? (Python.Tuple) args : null;
    // With neither it would be the class.
    if (parts.isEmpty() && !value.isClass()) tuple = new Python.Tuple();
    return new Python.Instance(value.className(), tuple, attributes);
  }
}
