// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import org.weightport.internal.Native;

/**
 * An ordered map from name to tensor: what model.state_dict() gives. It holds its tensors itself, and outlives the checkpoint.
 *
 * <p>Each lookup gives a Tensor of its own, to be closed or left to the garbage collector, that stays valid when the state_dict
 * is closed. Threads: shareable, also while one of them edits it: an edit waits for a call that reads it, such as
 * Model.loadStateDict(), and the reverse. A channel that such a call reads from must not edit it: IllegalStateException.
 */
public final class StateDict implements AutoCloseable {
  private final Handle handle;
  /** What was looked up since the last edit: finding it again costs no call into C. Filled and emptied under its lock. */
  private final ConcurrentHashMap<String, TensorCore> found = new ConcurrentHashMap<>();
  /** Calls that read it, all on the thread that has the lock. */
  private int reading;

  private StateDict(long address) {
    handle = new Handle(address, Native::wp_state_dict_release);
  }

  /** Takes a new reference. */
  static StateDict take(long address) {
    return new StateDict(address);
  }

  /** Makes an empty one. */
  public StateDict() {
    this(created());
  }

  private static long created() {
    long[] out = new long[1];
    check(Native.wp_state_dict_create(out));
    return out[0];
  }

  /** A call of C's that reads it, and that may run code of the caller's. */
  <T> T get(LongFunction<T> function) {
    synchronized (found) {
      reading++;
      try {
        return handle.get(function);
      } finally {
        reading--;
      }
    }
  }

  /** Gives it up; tensors from it stay valid. Closing twice does nothing. */
  @Override
  public void close() {
    handle.close();
    forget().forEach(TensorCore::unshare);
  }

  /** Drops what was looked up, for the caller to unshare without the lock: a source may be closed then. */
  private List<TensorCore> forget() {
    synchronized (found) {
      List<TensorCore> dropped = new ArrayList<>(found.values());
      found.clear();
      return dropped;
    }
  }

  /** Number of tensors; 0 or more. */
  public int size() {
    return get(address -> (int) Native.wp_state_dict_size(address));
  }

  /**
   * A name, in order.
   *
   * @param index 0 to size() - 1
   * @return the name; NOT_FOUND past the end
   */
  public String name(int index) {
    String name = nameOrNull(index);
    if (name == null) throw new WeightportException(Code.NOT_FOUND, "", "no tensor number " + index);
    return name;
  }

  private String nameOrNull(int index) {
    return get(address -> {
      long[] size = new long[1];
      long text = Native.wp_state_dict_name_at(address, index, size);
      return text == 0 ? null : Utf8.at(text, size[0]);
    });
  }

  /** All names, in order; a copy. */
  public List<String> names() {
    synchronized (found) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < size(); i++) names.add(name(i));
      return names;
    }
  }

  /**
   * The tensor of a name.
   *
   * @param name as in Python
   * @return a Tensor of its own; NOT_FOUND if there is no such name
   */
  public Tensor tensor(String name) {
    Tensor tensor = find(name);
    if (tensor == null) throw new WeightportException(Code.NOT_FOUND, name, "no tensor \"" + name + "\"");
    return tensor;
  }

  /**
   * The tensor of a name.
   *
   * @param name as in Python
   * @return a Tensor of its own; null if there is no such name
   */
  public Tensor find(String name) {
    TensorCore core = found.get(name);
    Tensor tensor = core == null ? null : core.share();
    return tensor == null ? look(name) : tensor;
  }

  /** find() for a name that was not looked up before. */
  private Tensor look(String name) {
    synchronized (found) {
      TensorCore core = found.get(name);
      if (core == null) {
        byte[] utf8 = Utf8.bytes(name);
        long tensor = handle.get(address -> Native.wpb_state_dict_get(address, utf8));
        if (tensor == 0) return null;
        core = new TensorCore(tensor);
        found.put(name, core);
      }
      return core.share();
    }
  }

  /**
   * Whether there is a tensor of a name.
   *
   * @param name as in Python
   * @return true if so
   */
  public boolean contains(String name) {
    if (found.containsKey(name)) return true;
    byte[] utf8 = Utf8.bytes(name);
    return get(address -> Native.wp_state_dict_find_sized(address, utf8) != 0);
  }

  /** A view of it as a map in order, which cannot be changed, and which sees later edits; a map without null. */
  public Map<String, Tensor> asMap() {
    return new StateDictMap(this);
  }

  /** Runs a function of C's that changes it. */
  private void edit(LongUnaryOperator function) {
    List<TensorCore> dropped;
    synchronized (found) {
      if (reading != 0) throw new IllegalStateException("the state_dict is being read by a call below this one");
      handle.run(function);
      dropped = forget();
    }
    dropped.forEach(TensorCore::unshare);
  }

  /**
   * Replaces the tensor of a name, or appends it.
   *
   * @param name of UTF-8 without a NUL
   * @param tensor not closed by this
   */
  public void set(String name, Tensor tensor) {
    byte[] text = Utf8.text(name);
    Handle other = tensor.open().handle;
    long item = other.enter();
    try {
      edit(address -> Native.wp_state_dict_set(address, text, item));
    } finally {
      other.leave();
    }
  }

  /**
   * Takes a name out. One with a NUL, which a file may have, is refused with INVALID_ARGUMENT: copy the others.
   *
   * @param name that is there, or NOT_FOUND
   */
  public void remove(String name) {
    byte[] text = Utf8.text(name);
    edit(address -> Native.wp_state_dict_remove(address, text));
  }

  /**
   * Gives a tensor another name, in the same place. Neither may have a NUL: INVALID_ARGUMENT.
   *
   * @param from that is there
   * @param to not taken, or MISMATCH
   */
  public void rename(String from, String to) {
    byte[] old = Utf8.text(from);
    byte[] text = Utf8.text(to);
    edit(address -> Native.wp_state_dict_rename(address, old, text));
  }

  /**
   * Puts a prefix before every name.
   *
   * @param prefix "module."
   */
  public void addPrefix(String prefix) {
    byte[] text = Utf8.text(prefix);
    edit(address -> Native.wp_state_dict_add_prefix(address, text));
  }

  /**
   * Takes a prefix off every name that has it; MISMATCH if two names would become one.
   *
   * @param prefix "module."
   */
  public void stripPrefix(String prefix) {
    byte[] text = Utf8.text(prefix);
    edit(address -> Native.wp_state_dict_strip_prefix(address, text));
  }

  /** It as a collections.OrderedDict; a tree of its own. */
  public Value toValue() {
    synchronized (found) {
      return Value.take(handle.out(Native::wp_state_dict_to_value));
    }
  }
}
