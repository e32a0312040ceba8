// SPDX-License-Identifier: MIT
package org.weightport.torch;

import java.util.function.LongConsumer;
import java.util.function.ToLongFunction;
import org.weightport.internal.Access;

/** An object of libweightport-torch, and the calls on it. */
abstract class Calls implements AutoCloseable {
  static final Access ACCESS = Access.get();

  /** A function of C's on one object. */
  interface Call {
    long call(long address);
  }

  private final Access.Held held;

  /** Takes a new reference. */
  Calls(long address, LongConsumer release) {
    held = ACCESS.hold(address, release);
  }

  /** What a function of C's gives by address. */
  static long out(ToLongFunction<long[]> function) {
    long[] out = new long[1];
    ACCESS.check(function.applyAsLong(out));
    return out[0];
  }

  Access.Lent lend() {
    return held.lend();
  }

  void run(Call function) {
    try (Access.Lent lent = lend()) {
      ACCESS.check(function.call(lent.address()));
    }
  }

  /** Gives it up. Closing twice does nothing. */
  @Override
  public void close() {
    held.close();
  }
}
