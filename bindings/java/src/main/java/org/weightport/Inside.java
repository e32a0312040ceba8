// SPDX-License-Identifier: MIT
package org.weightport;

import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import org.weightport.internal.Access;
import org.weightport.internal.Callback;

/** What org.weightport.torch may see of this package. */
final class Inside extends Access {
  private static final class Handled implements Lent {
    private final Handle handle;
    private final long address;

    Handled(Handle handle) {
      this.handle = handle;
      address = handle.enter();
    }

    @Override
    public long address() {
      return address;
    }

    @Override
    public void close() {
      handle.leave();
    }
  }

  @Override
  public Held hold(long address, LongConsumer release) {
    Handle handle = new Handle(address, release);
    return new Held() {
      @Override
      public Lent lend() {
        return new Handled(handle);
      }

      @Override
      public void close() {
        handle.close();
      }
    };
  }

  @Override
  public Lent lend(Tensor tensor) {
    return new Handled(tensor.open().handle);
  }

  @Override
  public <T> T read(StateDict weights, LongFunction<T> function) {
    return weights.get(function);
  }

  @Override
  public Lent lendValue(Object object) {
    Values.Operand operand = object == null ? null : new Values.Operand(object);
    return new Lent() {
      @Override
      public long address() {
        return operand == null ? 0 : operand.address;
      }

      @Override
      public void close() {
        if (operand != null) operand.close();
      }
    };
  }

  @Override
  public void save(SaveOptions options, LongUnaryOperator function) {
    options.run(function);
  }

  @Override
  public void save(SaveOptions options, WritableByteChannel channel, LongBinaryOperator function) {
    options.run(channel, function);
  }

  @Override
  public Tensor tensor(long address) {
    return Tensor.take(address);
  }

  @Override
  public Tensor allocated(long address) {
    return Tensor.allocated(address);
  }

  @Override
  public StateDict stateDict(long address) {
    return StateDict.take(address);
  }

  @Override
  public Value value(long address) {
    return Value.take(address);
  }

  @Override
  public List<Finding> findings(long report) {
    return Finding.take(report);
  }

  @Override
  public void check(long error) {
    WeightportException.check(error);
  }

  @Override
  public int keep(Throwable cause) {
    return Causes.keep(cause);
  }

  @Override
  public WeightportException failed(String message, Throwable cause) {
    return new WeightportException(Code.CALLBACK, message, "", -1, "", cause);
  }

  @Override
  public int index(String what, int index) {
    return Check.index(what, index);
  }

  @Override
  public byte[] text(String text) {
    return Utf8.textOrNull(text);
  }

  @Override
  public byte[] path(Path path) {
    return Paths.bytes(path);
  }

  @Override
  public boolean isNative(Path path) {
    return Paths.isNative(path);
  }

  @Override
  public SeekableByteChannel channel(Path path) {
    return Paths.channel(path);
  }

  @Override
  public Callback source(SeekableByteChannel channel) {
    return Channels.source(channel);
  }

  @Override
  public byte[] utf8(String text) {
    return Utf8.bytes(text);
  }

  @Override
  public String string(long address) {
    return Utf8.at(address);
  }
}
