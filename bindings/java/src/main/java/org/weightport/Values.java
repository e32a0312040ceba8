// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.weightport.internal.Native;

/** Makes a tree in C of objects of Java. */
final class Values {
  private Values() {}

  /** An argument of C's: a Value as it is, or what make() makes of something else. */
  static final class Operand implements AutoCloseable {
    final long address;
    private final Value value;

    Operand(Object object) {
      value = object instanceof Value ? (Value) object : null;
      address = value == null ? make(object) : value.enter();
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

  static long made(ToLongFunction<long[]> create) {
    long[] out = new long[1];
    check(create.applyAsLong(out));
    return out[0];
  }

  static boolean isContainer(Object object) {
    if (object == null || object instanceof byte[]) return false;
    return object.getClass().isArray() || object instanceof List || object instanceof Set || object instanceof Map || object instanceof Python.Instance;
  }

  /** A new reference to a tree of its own. */
  static long make(Object object) {
    if (object == null) return made(Native::wp_value_create_none);
    if (object instanceof Number) return number((Number) object);
    if (isContainer(object)) return Folding.of(object);
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
}
