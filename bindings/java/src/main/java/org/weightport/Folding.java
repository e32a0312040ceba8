// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.lang.reflect.Array;
import java.util.AbstractList;
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
import java.util.Set;
import java.util.function.ToLongFunction;
import org.weightport.internal.Native;

/** Makes one tree in C of containers of Java, from the inside out and without recursion: the stack may be a small one. */
final class Folding implements AutoCloseable {
  /** As wp_limits.max_depth of the library. */
  private static final int MAX_DEPTH = 1000;

  /** A list of the containers that are made, so that they are one tree, and what is shared in the objects is shared in it. */
  private final long all = Values.made(Native::wp_value_create_list);
  private long kept;
  private long none;
  /** Whether there is more in the tree than the result. */
  private boolean copied;

  private final Deque<Container> open = new ArrayDeque<>();
  private final Set<Object> inside = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Object, Long> done = new IdentityHashMap<>();

  private Folding() {}

  /** A node that is filled with what its items become. */
  private abstract static class Container {
    final Object source;
    final Iterator<?> items;
    long node;
    boolean empty = true;

    Container(Object source, Iterable<?> items, long node) {
      this.source = source;
      this.items = items.iterator();
      this.node = node;
    }

    /** Takes the node of the next item; returns an error of C's or 0. */
    abstract long put(long item);

    /** Whether the item just put is needed until the next one. */
    boolean keeps(Values.Operand item) {
      return false;
    }

    /** All items are put. */
    void finish() {}

    void close() {}
  }

  /** A new reference to a tree of its own. */
  static long of(Object container) {
    try (Folding folding = new Folding()) {
      return folding.fold(container);
    }
  }

  @Override
  public void close() {
    open.forEach(Container::close);
    Native.wp_value_release(all);
  }

  private long fold(Object root) {
    enter(root);
    while (true) {
      Container container = open.peek();
      if (container.items.hasNext()) {
        container.empty = false;
        add(container, container.items.next());
        continue;
      }
      container.finish();
      open.pop();
      inside.remove(container.source);
      // Java has one List.of() for all who want an empty list.
      if (!container.empty) done.put(container.source, container.node);
      if (!open.isEmpty()) {
        check(open.peek().put(container.node));
      } else if (copied) {
        return Values.made(out -> Native.wp_value_clone(out, container.node));
      } else {
        return Native.wp_value_retain(container.node);
      }
    }
  }

  private void enter(Object container) {
    if (open.size() == MAX_DEPTH) {
      throw new WeightportException(Code.LIMIT, "", "values are nested deeper than " + MAX_DEPTH + " levels");
    }
    if (!inside.add(container)) throw new WeightportException(Code.LIMIT, "", "a value that contains itself has no end");
    open.push(container(container));
  }

  private void add(Container container, Object item) {
    Long node = done.get(item);
    if (node != null) {
      check(container.put(node));
    } else if (Values.isContainer(item)) {
      enter(item);
    } else {
      Values.Operand made = new Values.Operand(item);
      try {
        check(container.put(made.address));
      } finally {
        if (!container.keeps(made)) made.close();
      }
    }
  }

  private Container container(Object object) {
    if (object instanceof Python.Instance) return instance((Python.Instance) object);
    if (object instanceof Python.Tuple) return new Tuple((Python.Tuple) object);
    if (object instanceof Python.FrozenSet) return new FrozenSet((Python.FrozenSet) object);
    if (object instanceof Python.OrderedDict) return new Dict((Map<?, ?>) object, Native::wp_value_create_ordered_dict);
    if (object instanceof Map) return new Dict((Map<?, ?>) object, Native::wp_value_create_dict);
    if (object.getClass().isArray()) return new Row(object, new Items(object), Native::wp_value_create_list);
    return new Row(object, (Collection<?>) object, object instanceof List ? Native::wp_value_create_list : Native::wp_value_create_set);
  }

  /** The node, in this tree, of an address. */
  private long keep(long address) {
    check(Native.wp_value_append(all, address));
    return Native.wp_value_item(all, kept++);
  }

  private long keep(ToLongFunction<long[]> create) {
    long made = Values.made(create);
    try {
      return keep(made);
    } finally {
      Native.wp_value_release(made);
    }
  }

  /** A tuple is as long as it is made. */
  private long nones(int count) {
    if (none == 0) none = keep(Native::wp_value_create_none);
    long[] items = new long[count];
    Arrays.fill(items, none);
    return keep(out -> Native.wp_value_create_tuple(out, items, count));
  }

  /** A list or set. */
  private final class Row extends Container {
    Row(Object source, Collection<?> items, ToLongFunction<long[]> create) {
      super(source, items, keep(create));
    }

    @Override
    long put(long item) {
      return Native.wp_value_append(node, item);
    }
  }

  /** The elements of an array of any type. */
  private static final class Items extends AbstractList<Object> {
    private final Object array;

    Items(Object array) {
      this.array = array;
    }

    @Override
    public Object get(int index) {
      return Array.get(array, index);
    }

    @Override
    public int size() {
      return Array.getLength(array);
    }
  }

  private final class Dict extends Container {
    private long key;
    /** Owns a key that is no container. */
    private Values.Operand leaf;

    Dict(Map<?, ?> entries, ToLongFunction<long[]> create) {
      super(entries, () -> new KeysAndValues(entries), keep(create));
    }

    @Override
    long put(long item) {
      if (key == 0) {
        key = item;
        return 0;
      }
      long failure = Native.wp_value_set_key(node, key, item);
      close();
      return failure;
    }

    @Override
    boolean keeps(Values.Operand item) {
      if (item.address != key) return false;
      leaf = item;
      return true;
    }

    @Override
    void close() {
      key = 0;
      if (leaf != null) leaf.close();
      leaf = null;
    }
  }

  private static final class KeysAndValues implements Iterator<Object> {
    private final Iterator<? extends Map.Entry<?, ?>> entries;
    /** Whose value is next. */
    private Map.Entry<?, ?> entry;

    KeysAndValues(Map<?, ?> map) {
      entries = map.entrySet().iterator();
    }

    @Override
    public boolean hasNext() {
      return entry != null || entries.hasNext();
    }

    @Override
    public Object next() {
      if (entry == null) {
        entry = entries.next();
        return entry.getKey();
      }
      Object value = entry.getValue();
      entry = null;
      return value;
    }
  }

  private final class Tuple extends Container {
    private int index;

    Tuple(Python.Tuple items) {
      super(items, items, nones(items.size()));
    }

    @Override
    long put(long item) {
      return Native.wp_value_set_item(node, index++, item);
    }
  }

  /** Nothing can be added to a frozenset: it is made when all members are there, and of copies of them. */
  private final class FrozenSet extends Container {
    private final long[] members;
    private int count;

    FrozenSet(Python.FrozenSet members) {
      super(members, members, 0);
      this.members = new long[members.size()];
      copied = true;
    }

    @Override
    long put(long member) {
      members[count++] = keep(member);
      return 0;
    }

    @Override
    void finish() {
      node = keep(out -> Native.wp_value_create_frozenset(out, members, count));
    }
  }

  /** The items of the arguments, and then the attributes, which may be any value once the object is made. */
  private Container instance(Python.Instance object) {
    byte[] name = Utf8.text(object.className());
    List<Object> items = object.args() == null ? new ArrayList<>() : new ArrayList<>(object.args());
    int count = items.size();
    long args = object.args() == null ? 0 : nones(count);
    long attributes = object.attributes() == null ? 0 : keep(Native::wp_value_create_dict);
    if (attributes != 0) items.add(object.attributes());
    return new Container(object, items, keep(out -> Native.wp_value_create_object(out, name, args, attributes))) {
      private int index;

      @Override
      long put(long item) {
        if (index == count) return Native.wp_value_set_attributes(node, item);
        return Native.wp_value_set_item(Native.wp_value_args(node), index++, item);
      }
    };
  }
}
