// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import org.weightport.internal.Native;

/**
 * A node of a tree of Python values: data, of which nothing is imported, called or run.
 *
 * <p>All nodes of a tree are closed at once: those of a checkpoint with the checkpoint, and others when the Value that
 * {@link #of(Object)}, {@link #copy()} or {@link StateDict#toValue()} gave is closed, or nothing reaches a node of the tree any
 * more. Closing any other node does nothing. After that they throw IllegalStateException. Getters throw MISMATCH for another
 * kind. Threads: may be read by many threads while none edits the tree.
 */
public final class Value implements AutoCloseable, Iterable<Value> {
  private final Handle tree;
  private final long node;
  private final boolean owner;

  private Value(Handle tree, long node, boolean owner) {
    this.tree = tree;
    this.node = node;
    this.owner = owner;
  }

  /** Takes a new reference to a tree. */
  static Value take(long address) {
    return new Value(new Handle(address, Native::wp_value_release), address, true);
  }

  /** A node of a tree that something else closes; null for NULL. */
  static Value node(Handle tree, long address) {
    return address == 0 ? null : new Value(tree, address, false);
  }

  /**
   * Makes a tree of null, Boolean, Byte to Long, BigInteger, Float, Double, String, byte[], other arrays and List (a list), Set, Map
   * (a dict in its order; keys that Python can hash), Tensor, StateDict, DType, the classes in {@link Python}, and Value (copied). A container
   * in several places is one node, but an empty one is a new one in each, and the members of a frozenset are nodes of its own.
   *
   * @param object to be copied; tensors are shared
   * @return a new tree; UNSUPPORTED for another class, LIMIT for more than 1,000 containers in each other, or one that contains
   *     itself, MISMATCH for a key or a member of a set that Python cannot hash
   */
  public static Value of(Object object) {
    return take(Values.make(object));
  }

  /**
   * Makes a tree of JSON.
   *
   * @param json text
   * @return a new tree; CORRUPT if it is none
   */
  public static Value fromJson(String json) {
    byte[] utf8 = Utf8.bytes(json);
    long[] out = new long[1];
    check(Native.wp_value_from_json(out, utf8));
    return take(out[0]);
  }

  /** Gives the tree up, if this Value was made with it. Closing twice does nothing. */
  @Override
  public void close() {
    if (owner) tree.close();
  }

  /** Begins a call that uses the address; leave() ends it. */
  long enter() {
    tree.enter();
    return node;
  }

  void leave() {
    tree.leave();
  }

  long address() {
    return node;
  }

  private <T> T get(LongFunction<T> function) {
    return tree.get(address -> function.apply(node));
  }

  private void run(LongUnaryOperator function) {
    tree.run(address -> function.applyAsLong(node));
  }

  private Value another(LongFunction<Long> function) {
    return get(address -> node(tree, function.apply(address)));
  }

  private long out(Handle.Out function) {
    return tree.out((out, address) -> function.call(out, node));
  }

  /** What the node is; never null. */
  public Kind kind() {
    return get(address -> Kind.of(Native.wp_value_kind(address)));
  }

  /** A bool; true or false. */
  public boolean asBoolean() {
    boolean[] out = new boolean[1];
    run(address -> Native.wp_value_get_bool(out, address));
    return out[0];
  }

  /** An int, or a bool as 0 or 1; 64 bits; LIMIT if it does not fit. */
  public long asLong() {
    return out(Native::wp_value_get_int);
  }

  /** An int of any size; never null. */
  public BigInteger asBigInteger() {
    String decimal = get(address -> Utf8.at(Native.wp_value_get_int_text(address)));
    return decimal.isEmpty() ? BigInteger.valueOf(asLong()) : new BigInteger(decimal);
  }

  /** A float, or an int rounded to the nearest one; a double. */
  public double asDouble() {
    double[] out = new double[1];
    run(address -> Native.wp_value_get_float(out, address));
    return out[0];
  }

  /** A complex number, or a float or int; never null. */
  public Python.Complex asComplex() {
    double[] real = new double[1];
    double[] imag = new double[1];
    run(address -> Native.wp_value_get_complex(real, imag, address));
    return new Python.Complex(real[0], imag[0]);
  }

  /** A string; never null. */
  public String asString() {
    long[] text = new long[1];
    long[] size = new long[1];
    return get(address -> {
      check(Native.wp_value_get_string(text, size, address));
      return Utf8.at(text[0], size[0]);
    });
  }

  /** bytes or a bytearray; a copy. */
  public byte[] asBytes() {
    long[] bytes = new long[1];
    long[] size = new long[1];
    return get(address -> {
      check(Native.wp_value_get_bytes(bytes, size, address));
      return Native.wpb_copy(bytes[0], Copies.length(size[0], "bytes"));
    });
  }

  /** A dtype; never null. */
  public DType asDType() {
    int[] out = new int[1];
    run(address -> Native.wp_value_get_dtype(out, address));
    return DType.of(out[0]);
  }

  /** A dtype's name, "float32"; "" for other kinds. */
  public String dtypeName() {
    return get(address -> Utf8.at(Native.wp_value_get_dtype_name(address)));
  }

  /** A device; "cuda:0". */
  public String asDevice() {
    long[] text = new long[1];
    return get(address -> {
      check(Native.wp_value_get_device(text, address));
      return Utf8.at(text[0]);
    });
  }

  /** The tensor of a tensor node, which outlives the tree; a Tensor of its own, to be closed. */
  public Tensor asTensor() {
    return get(address -> {
      long tensor = Native.wp_value_tensor(address);
      if (tensor != 0) return Tensor.take(Native.wp_tensor_retain(tensor));
      String kind = Kind.of(Native.wp_value_kind(address)).toString();
      throw new WeightportException(Code.MISMATCH, "", "the value is a " + kind + ", not a tensor");
    });
  }

  /** The state_dict in a dict of tensors or a pickled torch.nn.Module; a new one, to be closed. */
  public StateDict asStateDict() {
    return StateDict.take(out(Native::wp_state_dict_from_value));
  }

  /** Number of items of a list, tuple, set or size, or of entries of a dict; 0 for other kinds. */
  public int size() {
    return get(address -> (int) Native.wp_value_size(address));
  }

  /**
   * Item, or value of a dict entry, in order.
   *
   * @param index 0 to size() - 1
   * @return null past the end
   */
  public Value item(int index) {
    return another(address -> Native.wp_value_item(address, index));
  }

  /**
   * Key of a dict entry, in order.
   *
   * @param index 0 to size() - 1
   * @return null past the end
   */
  public Value key(int index) {
    return another(address -> Native.wp_value_key(address, index));
  }

  /**
   * Dict value under a string key.
   *
   * @param key any string
   * @return null if there is none
   */
  public Value find(String key) {
    byte[] utf8 = Utf8.bytes(key);
    return another(address -> Native.wp_value_find(address, utf8));
  }

  /**
   * Dict value under an int key.
   *
   * @param key any int
   * @return null if there is none
   */
  public Value find(long key) {
    return another(address -> Native.wp_value_find_int(address, key));
  }

  /**
   * The node at a path such as "optimizer.param_groups.0.lr".
   *
   * @param path steps divided by dots; at each node the longest key or attribute that matches is taken
   * @return never null; NOT_FOUND names the step that is missing
   */
  public Value at(String path) {
    byte[] text = Utf8.text(path);
    return node(tree, out((out, address) -> Native.wp_value_at(out, address, text)));
  }

  /**
   * "module.Class" for an object, a class as a value, a dict that is not a plain one, a frozenset ("builtins.frozenset"), and
   * so on; "" otherwise.
   */
  public String className() {
    return get(address -> Utf8.at(Native.wp_value_class(address)));
  }

  /** Whether this is a class or function itself, and not an object of it. */
  public boolean isClass() {
    return get(address -> Native.wp_value_is_class(address));
  }

  /** An object's constructor arguments, a tuple; null if it has none. */
  public Value args() {
    return another(Native::wp_value_args);
  }

  /** A dict, or whatever its class pickled as its state; null if there are none. */
  public Value attributes() {
    return another(Native::wp_value_attributes);
  }

  /** A copy of the node and all below it in a tree of its own; tensors are shared; to be closed. */
  public Value copy() {
    return take(out(Native::wp_value_clone));
  }

  /**
   * The node and all below it as objects of Java: what {@link #of(Object)} takes. What is shared in the tree is shared in the
   * result, in which each Tensor may be closed, and equal frozensets are one.
   *
   * <table><caption>What each kind becomes</caption>
   * <tr><td>none</td><td>null</td></tr>
   * <tr><td>bool</td><td>Boolean</td></tr>
   * <tr><td>int</td><td>Long, also as a key: {@code map.get(0L)}; BigInteger if it needs more than 64 bits</td></tr>
   * <tr><td>float</td><td>Double</td></tr>
   * <tr><td>complex</td><td>{@link Python.Complex}</td></tr>
   * <tr><td>string</td><td>String</td></tr>
   * <tr><td>bytes</td><td>byte[]; also a bytearray, which comes back as bytes</td></tr>
   * <tr><td>list</td><td>ArrayList</td></tr>
   * <tr><td>tuple</td><td>{@link Python.Tuple}</td></tr>
   * <tr><td>set</td><td>LinkedHashSet; {@link Python.FrozenSet} for a frozenset, since of(Object) makes a set, which Python
   *     cannot hash, of every other Set</td></tr>
   * <tr><td>dict</td><td>{@link Python.OrderedDict}, and LinkedHashMap for every other class; a dict's attributes, such as the
   *     {@code _metadata} of a state_dict, are left out</td></tr>
   * <tr><td>tensor</td><td>{@link Tensor}; its attributes are left out</td></tr>
   * <tr><td>dtype</td><td>{@link DType}</td></tr>
   * <tr><td>device</td><td>{@link Python.Device}</td></tr>
   * <tr><td>size</td><td>{@link Python.Size}</td></tr>
   * <tr><td>object</td><td>{@link Python.Instance}; the items of one whose class extends list or dict are left out</td></tr>
   * </table>
   *
   * @return null for None; UNSUPPORTED for a node that contains itself
   */
  public Object toJava() {
    return tree.get(address -> new Unfolding().of(this));
  }

  /** The kind, and of what is no container the value: "Value(int 5)", "Value(dict of 3)"; the form may change. */
  @Override
  public String toString() {
    try {
      return "Value(" + get(address -> Descriptions.of(this)) + ")";
    } catch (IllegalStateException closed) {
      return "Value(closed)";
    }
  }

  /** The items, or dict values, in order. */
  @Override
  public Iterator<Value> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < size();
      }

      @Override
      public Value next() {
        Value item = item(next++);
        if (item == null) throw new NoSuchElementException();
        return item;
      }
    };
  }

  /**
   * Adds to the end of a list, or to a set that is no frozenset.
   *
   * @param item what of(Object) takes; a Value of the same tree as it is
   */
  public void append(Object item) {
    edit(item, (address, made) -> Native.wp_value_append(address, made));
  }

  /**
   * Sets a dict value of a string key.
   *
   * @param key without a NUL
   * @param item as for append()
   */
  public void set(String key, Object item) {
    byte[] utf8 = Utf8.text(key);
    edit(item, (address, made) -> Native.wp_value_set(address, utf8, made));
  }

  /**
   * Sets a dict value of an int key.
   *
   * @param key any
   * @param item as for append()
   */
  public void set(long key, Object item) {
    edit(item, (address, made) -> Native.wp_value_set_int(address, key, made));
  }

  /**
   * Sets a dict value of any key that Python can hash.
   *
   * @param key what of(Object) takes
   * @param item as for append()
   */
  public void setKey(Object key, Object item) {
    try (Values.Operand first = new Values.Operand(key)) {
      edit(item, (address, made) -> Native.wp_value_set_key(address, first.address, made));
    }
  }

  /**
   * Replaces an item of a list or tuple, or a dict value, in order.
   *
   * @param index of it; NOT_FOUND
   * @param item as for append()
   */
  public void setItem(int index, Object item) {
    Check.index("item", index);
    edit(item, (address, made) -> Native.wp_value_set_item(address, index, made));
  }

  /**
   * Takes a string key out of a dict.
   *
   * @param key that is there, or NOT_FOUND
   */
  public void remove(String key) {
    byte[] utf8 = Utf8.bytes(key);
    run(address -> Native.wp_value_remove(address, utf8));
  }

  /**
   * Takes an item or entry out of a list, dict, or set that is no frozenset.
   *
   * @param index of it; NOT_FOUND
   */
  public void removeItem(int index) {
    Check.index("item", index);
    run(address -> Native.wp_value_remove_item(address, index));
  }

  /**
   * Gives a dict entry another string key, in the same place.
   *
   * @param from that is there
   * @param to not taken, or MISMATCH
   */
  public void rename(String from, String to) {
    byte[] old = Utf8.text(from);
    byte[] text = Utf8.text(to);
    run(address -> Native.wp_value_rename(address, old, text));
  }

  /**
   * Sets the attributes of an object, tensor, or dict with a class of its own.
   *
   * @param attributes null takes them away
   */
  public void setAttributes(Object attributes) {
    if (attributes == null) {
      run(address -> Native.wp_value_set_attributes(address, 0));
    } else {
      edit(attributes, (address, made) -> Native.wp_value_set_attributes(address, made));
    }
  }

  private interface Edit {
    long call(long address, long item);
  }

  private void edit(Object item, Edit function) {
    try (Values.Operand operand = new Values.Operand(item)) {
      run(address -> function.call(address, operand.address));
    }
  }
}
