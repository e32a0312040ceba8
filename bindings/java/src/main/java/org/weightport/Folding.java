// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;
import org.weightport.internal.Native;

/** Makes one tree in C of containers of Java, from the inside out and without recursion: the stack may be a small one. */
final class Folding implements AutoCloseable {
  /** As wp_limits.max_depth of the library: a list that contains itself ends here. */
  private static final int MAX_DEPTH = 1000;

  /** A list of whatever is made, so that all of it is one tree, and what is shared in the objects is shared in it. */
  private final long all = Values.made(Native::wp_value_create_list);
  private final Deque<Container> open = new ArrayDeque<>();
  private final Map<Object, Long> done = new IdentityHashMap<>();

  private Folding() {}

  /** A node that is filled with what its items become. */
  private static final class Container {
    final Object source;
    final Iterator<?> items;
    /** Takes the node of the next item; returns an error of C's or 0. */
    final LongUnaryOperator put;
    /** The node, once all items are put. */
    final LongSupplier node;

    Container(Object source, Iterable<?> items, LongUnaryOperator put, LongSupplier node) {
      this.source = source;
      this.items = items.iterator();
      this.put = put;
      this.node = node;
    }
  }

  /** A new reference to a tree of its own. */
  static long of(Object container) {
    try (Folding folding = new Folding()) {
      return folding.fold(container);
    }
  }

  @Override
  public void close() {
    Native.wp_value_release(all);
  }

  private long fold(Object root) {
    open.push(container(root));
    while (true) {
      Container container = open.peek();
      if (container.items.hasNext()) {
        add(container, container.items.next());
        continue;
      }
      open.pop();
      long node = container.node.getAsLong();
      done.put(container.source, node);
      // A copy, since more than the result was made.
      if (open.isEmpty()) return Values.made(out -> Native.wp_value_clone(out, node));
      check(open.peek().put.applyAsLong(node));
    }
  }

  private void add(Container container, Object item) {
    Long node = done.get(item);
    if (node != null) {
      check(container.put.applyAsLong(node));
    } else if (Values.isContainer(item)) {
      if (open.size() == MAX_DEPTH) {
        throw new WeightportException(Code.LIMIT, "", "values are nested deeper than " + MAX_DEPTH + " levels");
      }
      open.push(container(item));
    } else {
      try (Values.Operand made = new Values.Operand(item)) {
        check(container.put.applyAsLong(made.address));
      }
    }
  }

  private Container container(Object object) {
    if (object instanceof Python.Instance) return instance((Python.Instance) object);
    if (object instanceof Python.Tuple) return tuple((Python.Tuple) object);
    if (object instanceof Python.FrozenSet) return frozenSet((Python.FrozenSet) object);
    if (object instanceof Python.OrderedDict) return dict((Map<?, ?>) object, Native::wp_value_create_ordered_dict);
    if (object instanceof Map) return dict((Map<?, ?>) object, Native::wp_value_create_dict);
    return filled((Collection<?>) object, object instanceof List ? Native::wp_value_create_list : Native::wp_value_create_set);
  }

  /** The node, in this tree, of an address. */
  private long keep(long address) {
    check(Native.wp_value_append(all, address));
    return Native.wp_value_item(all, Native.wp_value_size(all) - 1);
  }

  private long keep(ToLongFunction<long[]> create) {
    long made = Values.made(create);
    try {
      return keep(made);
    } finally {
      Native.wp_value_release(made);
    }
  }

  private Container filled(Collection<?> items, ToLongFunction<long[]> create) {
    long node = keep(create);
    return new Container(items, items, item -> Native.wp_value_append(node, item), () -> node);
  }

  private Container dict(Map<?, ?> entries, ToLongFunction<long[]> create) {
    long node = keep(create);
    long[] key = {0};
    List<Object> items = new ArrayList<>();
    entries.forEach((each, item) -> Collections.addAll(items, each, item));
    return new Container(entries, items, item -> {
      if (key[0] == 0) {
        key[0] = keep(item);
        return 0;
      }
      long failure = Native.wp_value_set_key(node, key[0], item);
      key[0] = 0;
      return failure;
    }, () -> node);
  }

  /** A tuple is as long as it is made. */
  private long nones(int count) {
    long[] items = new long[count];
    Arrays.fill(items, keep(Native::wp_value_create_none));
    return keep(out -> Native.wp_value_create_tuple(out, items, count));
  }

  private Container tuple(Python.Tuple items) {
    long node = nones(items.size());
    int[] index = {0};
    return new Container(items, items, item -> Native.wp_value_set_item(node, index[0]++, item), () -> node);
  }

  /** Nothing can be added to a frozenset: it is made when all members are there, and of copies of them. */
  private Container frozenSet(Python.FrozenSet members) {
    List<Long> nodes = new ArrayList<>();
    return new Container(members, members, member -> {
      nodes.add(keep(member));
      return 0;
    }, () -> {
      long[] made = nodes.stream().mapToLong(each -> each).toArray();
      return keep(out -> Native.wp_value_create_frozenset(out, made, made.length));
    });
  }

  /** The items of the arguments, and then the attributes, which may be any value once the object is made. */
  private Container instance(Python.Instance object) {
    byte[] name = Utf8.text(object.className());
    List<Object> items = object.args() == null ? new ArrayList<>() : new ArrayList<>(object.args());
    int count = items.size();
    long args = object.args() == null ? 0 : nones(count);
    long none = object.attributes() == null ? 0 : keep(Native::wp_value_create_dict);
    if (none != 0) items.add(object.attributes());
    long node = keep(out -> Native.wp_value_create_object(out, name, args, none));
    int[] index = {0};
    return new Container(object, items, item -> index[0] == count ? Native.wp_value_set_attributes(node, item)
        : Native.wp_value_set_item(Native.wp_value_args(node), index[0]++, item), () -> node);
  }
}
