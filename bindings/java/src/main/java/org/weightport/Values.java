// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.weightport.internal.Native;

/** Makes a tree in C of objects of Java. */
final class Values {
  /** As wp_limits.max_depth of the library: a list that contains itself ends here. */
  private static final int MAX_DEPTH = 1000;

  /** Containers around the object at hand. */
  private int depth;

  private Values() {}

  /** An argument of C's: a Value as it is, or what make() makes of something else. */
  static final class Operand implements AutoCloseable {
    final long address;
    private final Value value;

    Operand(Object object) {
      this(object, new Values());
    }

    private Operand(Object object, Values around) {
      value = object instanceof Value ? (Value) object : null;
      address = value == null ? around.node(object) : value.enter();
    }

    @Override
    public void close() {
      if (value == null) {
        Native.wp_value_release(address);
      } else {
        value.leave();
      }
    }
  }

  private static long made(ToLongFunction<long[]> create) {
    long[] out = new long[1];
    check(create.applyAsLong(out));
    return out[0];
  }

  /** A new reference to a tree of its own. */
  static long make(Object object) {
    return new Values().node(object);
  }

  private long node(Object object) {
    if (object == null) return made(Native::wp_value_create_none);
    if (object instanceof Number) return number((Number) object);
    if (object instanceof Collection || object instanceof Map || object instanceof Python.Instance) return deeper(object);
    if (object instanceof Boolean) return made(out -> Native.wp_value_create_bool(out, (Boolean) object));
    if (object instanceof String) {
      byte[] utf8 = Utf8.bytes((String) object);
      return made(out -> Native.wp_value_create_string(out, utf8));
    }
    if (object instanceof byte[]) {
      byte[] bytes = (byte[]) object;
      return made(out -> Native.wp_value_create_bytes(out, bytes, bytes.length));
    }
    return special(object);
  }

  private static long special(Object object) {
    if (object instanceof Tensor) {
      return ((Tensor) object).open().handle.get(tensor -> made(out -> Native.wp_value_create_tensor(out, tensor)));
    }
    if (object instanceof Value) {
      try (Operand value = new Operand(object)) {
        return made(out -> Native.wp_value_clone(out, value.address));
      }
    }
    if (object instanceof StateDict) {
      return ((StateDict) object).get(dict -> made(out -> Native.wp_state_dict_to_value(out, dict)));
    }
    if (object instanceof DType) return made(out -> Native.wp_value_create_dtype(out, ((DType) object).number));
    if (object instanceof Python.Device) {
      byte[] name = Utf8.text(object.toString());
      return made(out -> Native.wp_value_create_device(out, name));
    }
    if (object instanceof Python.Size) {
      long[] sizes = ((Python.Size) object).sizes();
      return made(out -> Native.wp_value_create_size(out, sizes, sizes.length));
    }
    if (object instanceof Python.Complex) {
      Python.Complex number = (Python.Complex) object;
      return made(out -> Native.wp_value_create_complex(out, number.real(), number.imag()));
    }
    throw new WeightportException(Code.UNSUPPORTED, "", "no value can be made of a " + object.getClass().getName());
  }

  private static long number(Number number) {
    if (number instanceof Double || number instanceof Float) {
      return made(out -> Native.wp_value_create_float(out, number.doubleValue()));
    }
    if (number instanceof BigInteger) {
      byte[] decimal = Utf8.text(number.toString());
      return made(out -> Native.wp_value_create_int_text(out, decimal));
    }
    if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
      return made(out -> Native.wp_value_create_int(out, number.longValue()));
    }
    return special(number);
  }

  private long deeper(Object container) {
    if (++depth > MAX_DEPTH) {
      throw new WeightportException(Code.LIMIT, "", "values are nested deeper than " + MAX_DEPTH + " levels");
    }
    try {
      if (container instanceof Collection) return collection((Collection<?>) container);
      return container instanceof Map ? dict((Map<?, ?>) container) : instance((Python.Instance) container);
    } finally {
      depth--;
    }
  }

  private long collection(Collection<?> items) {
    if (items instanceof Python.Tuple) return tuple(items);
    if (items instanceof Python.FrozenSet) return whole(Native::wp_value_create_frozenset, items);
    if (items instanceof List) return filled(Native::wp_value_create_list, items);
    return items instanceof Set ? filled(Native::wp_value_create_set, items) : special(items);
  }

  private long filled(ToLongFunction<long[]> create, Collection<?> items) {
    long list = made(create);
    try {
      for (Object each : items) {
        try (Operand item = new Operand(each, this)) {
          check(Native.wp_value_append(list, item.address));
        }
      }
      return list;
    } catch (RuntimeException | Error failure) {
      Native.wp_value_release(list);
      throw failure;
    }
  }

  private long dict(Map<?, ?> entries) {
    boolean ordered = entries instanceof Python.OrderedDict;
    long dict = made(ordered ? Native::wp_value_create_ordered_dict : Native::wp_value_create_dict);
    try {
      for (Map.Entry<?, ?> each : entries.entrySet()) {
        try (Operand key = new Operand(each.getKey(), this);
            Operand item = new Operand(each.getValue(), this)) {
          check(Native.wp_value_set_key(dict, key.address, item.address));
        }
      }
      return dict;
    } catch (RuntimeException | Error failure) {
      Native.wp_value_release(dict);
      throw failure;
    }
  }

  private interface Create {
    long call(long[] out, long[] items, long count);
  }

  private long tuple(Collection<?> items) {
    return whole(Native::wp_value_create_tuple, items);
  }

  /** A tuple or frozenset is never filled: its items are made first, in a list that owns them. */
  private long whole(Create create, Collection<?> items) {
    long list = filled(Native::wp_value_create_list, items);
    try {
      long[] nodes = new long[items.size()];
      for (int i = 0; i < nodes.length; i++) nodes[i] = Native.wp_value_item(list, i);
      return made(out -> create.call(out, nodes, nodes.length));
    } finally {
      Native.wp_value_release(list);
    }
  }

  private long instance(Python.Instance object) {
    byte[] name = Utf8.text(object.className());
    long args = object.args() == null ? 0 : tuple(object.args());
    try {
      long attributes = object.attributes() == null ? 0 : node(object.attributes());
      try {
        return made(out -> Native.wp_value_create_object(out, name, args, attributes));
      } finally {
        Native.wp_value_release(attributes);
      }
    } finally {
      Native.wp_value_release(args);
    }
  }
}
