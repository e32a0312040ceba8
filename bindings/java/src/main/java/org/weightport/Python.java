// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.AbstractList;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What Python has and Java has not, for {@link Value#of(Object)} and {@link Value#toJava()}. */
public final class Python {
  private Python() {}

  /** A tuple. */
  public static final class Tuple extends AbstractList<Object> {
    private final Object[] items;

    /**
     * Makes one.
     *
     * @param items in order
     */
    public Tuple(Object... items) {
      this.items = items.clone();
    }

    @Override
    public Object get(int index) {
      return items[index];
    }

    @Override
    public int size() {
      return items.length;
    }
  }

  /** A frozenset: a set that may be a key or a member of a set; it cannot be changed, and keeps its order. */
  public static final class FrozenSet extends AbstractSet<Object> {
    private final Set<Object> items;
    /** Of ones in each other, which share members, it would take for ever to compute it again and again. */
    private final int hash;

    /**
     * Makes one.
     *
     * @param items of which equal ones are one; they do not change any more
     */
    public FrozenSet(Object... items) {
      this.items = Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(items)));
      this.hash = super.hashCode();
    }

    @Override
    public boolean equals(Object other) {
      return this == other || (other instanceof Set && hash == other.hashCode() && super.equals(other));
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean contains(Object item) {
      return items.contains(item);
    }

    @Override
    public Iterator<Object> iterator() {
      return items.iterator();
    }

    @Override
    public int size() {
      return items.size();
    }
  }

  /** A collections.OrderedDict. */
  public static final class OrderedDict extends LinkedHashMap<Object, Object> {
    private static final long serialVersionUID = 1;

    /** Makes an empty one. */
    public OrderedDict() {}

    /**
     * Makes a copy.
     *
     * @param entries in their order
     */
    public OrderedDict(Map<?, ?> entries) {
      super(entries);
    }
  }

  /** A torch.Size. */
  public static final class Size {
    private final long[] sizes;

    /**
     * Makes one.
     *
     * @param sizes of the dimensions
     */
    public Size(long... sizes) {
      this.sizes = sizes.clone();
    }

    /** The sizes; a copy. */
    public long[] sizes() {
      return sizes.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Size && Arrays.equals(sizes, ((Size) other).sizes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(sizes);
    }

    @Override
    public String toString() {
      return Arrays.toString(sizes);
    }
  }

  /** A torch.device. */
  public static final class Device {
    private final String name;

    /**
     * Makes one.
     *
     * @param name "cpu", "cuda:0"
     */
    public Device(String name) {
      this.name = name;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Device && name.equals(((Device) other).name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** A complex number. */
  public static final class Complex {
    private final double real;
    private final double imag;

    /**
     * Makes one.
     *
     * @param real part
     * @param imag inary part
     */
    public Complex(double real, double imag) {
      this.real = real;
      this.imag = imag;
    }

    /** The real part; any number. */
    public double real() {
      return real;
    }

    /** The imaginary part; any number. */
    public double imag() {
      return imag;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Complex && Double.compare(real, ((Complex) other).real) == 0
          && Double.compare(imag, ((Complex) other).imag) == 0;
    }

    @Override
    public int hashCode() {
      return Double.hashCode(real) * 31 + Double.hashCode(imag);
    }

    @Override
    public String toString() {
      return "(" + real + ", " + imag + ")";
    }
  }

  /**
   * An object of a class that Python calls with the arguments, or makes without a call if they are null. With neither arguments
   * nor attributes it is the class or function itself.
   */
  public static final class Instance {
    private final String className;
    private final List<Object> args;
    private final Object attributes;

    /**
     * Makes one.
     *
     * @param className "module.Class"
     * @param args or null
     * @param attributes a Map, or null for none
     */
    public Instance(String className, Tuple args, Object attributes) {
      this.className = className;
      this.args = args;
      this.attributes = attributes;
    }

    /** Its class; "module.Class". */
    public String className() {
      return className;
    }

    /** Constructor arguments; null if there are none. */
    public List<Object> args() {
      return args;
    }

    /** Attributes: a Map, or whatever its class pickled as its state; null if there are none. */
    public Object attributes() {
      return attributes;
    }

    @Override
    public String toString() {
      return className + args + attributes;
    }
  }
}
