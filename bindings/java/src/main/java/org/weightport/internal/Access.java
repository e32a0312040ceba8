// SPDX-License-Identifier: MIT
package org.weightport.internal;

import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import org.weightport.Finding;
import org.weightport.SaveOptions;
import org.weightport.StateDict;
import org.weightport.Tensor;
import org.weightport.Value;
import org.weightport.Weightport;
import org.weightport.WeightportException;

/** How org.weightport.torch sees inside org.weightport, which sets it. */
public abstract class Access {
  private static Access access;

  /** Called once, when Weightport is initialized. */
  public static void set(Access inside) {
    access = inside;
  }

  /** The one that was set. */
  public static Access get() {
    Weightport.version();
    return access;
  }

  /** An object of C's that stays open until close(). */
  public interface Lent extends AutoCloseable {
    /** For C; 0 for null. */
    long address();

    @Override
    void close();
  }

  /** A reference that is given up once: by close(), or else when nothing reaches this object. */
  public interface Held extends AutoCloseable {
    /** Begins a call that uses it. */
    Lent lend();

    @Override
    void close();
  }

  /** Takes a new reference. */
  public abstract Held hold(long address, LongConsumer release);

  /** Begins a call that uses a tensor. */
  public abstract Lent lend(Tensor tensor);

  /** Runs a call that reads a state_dict, which nobody edits meanwhile. */
  public abstract <T> T read(StateDict weights, LongFunction<T> function);

  /** Begins a call that uses a Value, or what Value.of() makes of something else; null is NULL. */
  public abstract Lent lendValue(Object object);

  /** Saves: the function gets the options. */
  public abstract void save(SaveOptions options, LongUnaryOperator function);

  /** Saves to a channel: the function gets a sink and the options. */
  public abstract void save(SaveOptions options, WritableByteChannel channel, LongBinaryOperator function);

  /** Takes a new reference. */
  public abstract Tensor tensor(long address);

  /** Takes a new reference to a tensor that memory was allocated for. */
  public abstract Tensor allocated(long address);

  /** Takes a new reference. */
  public abstract StateDict stateDict(long address);

  /** Takes a new reference. */
  public abstract Value value(long address);

  /** Copies a report, and gives it up. */
  public abstract List<Finding> findings(long report);

  /** Throws what C returned, if that is an error; a callback's has the cause. */
  public abstract void check(long error);

  /** Keeps what a callback threw; what the callback is to return. */
  public abstract int keep(Throwable cause);

  /** What a callback threw that C cannot be told of. */
  public abstract WeightportException failed(String message, Throwable cause);

  /** The index of something, if it is not negative. */
  public abstract int index(String what, int index);

  /** A text without a NUL as C wants it; null is NULL. */
  public abstract byte[] text(String text);

  /** A path of this machine's file system as C wants it. */
  public abstract byte[] path(Path path);

  /** Whether C can open a path. */
  public abstract boolean isNative(Path path);

  /** Reads a file of any file system. */
  public abstract SeekableByteChannel channel(Path path);

  /** A source that reads a channel, and closes it when it is closed itself. */
  public abstract Callback source(SeekableByteChannel channel);

  /** A text with a size. */
  public abstract byte[] utf8(String text);

  /** The text at an address. */
  public abstract String string(long address);
}
