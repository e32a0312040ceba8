// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;

/**
 * A reference to an object of C's that is given up once: by close(), or else when nothing reaches this object any more, and not
 * before the last call that uses it has returned.
 */
final class Handle {
  /** References that are held in C. */
  static final AtomicLong LIVE = new AtomicLong();

  private static final Cleaner CLEANER = Cleaner.create();
  private static final long CLOSED = 1L << 62;

  /** What outlives the handle until the cleaner has run. The number counts calls in progress, with the flag CLOSED. */
  private static final class State extends AtomicLong implements Runnable {
    private static final long serialVersionUID = 1;

    private final long address;
    private final transient LongConsumer release;

    State(long address, LongConsumer release) {
      this.address = address;
      this.release = release;
      LIVE.incrementAndGet();
    }

    @Override
    public void run() {
      if (getAndUpdate(calls -> calls | CLOSED) == 0) give();
    }

    void give() {
      release.accept(address);
      LIVE.decrementAndGet();
    }
  }

  private final State state;
  private final Cleaner.Cleanable cleanable;

  Handle(long address, LongConsumer release) {
    state = new State(address, release);
    cleanable = CLEANER.register(this, state);
  }

  /** Gives a reference up when nothing reaches `owner` any more. */
  static void attach(Object owner, long address, LongConsumer release) {
    CLEANER.register(owner, new State(address, release));
  }

  /** Begins a call that uses the address, which it returns; leave() ends it. */
  long enter() {
    for (;;) {
      long calls = state.get();
      if ((calls & CLOSED) != 0) throw new IllegalStateException("it is closed");
      if (state.compareAndSet(calls, calls + 1)) return state.address;
    }
  }

  void leave() {
    if (state.decrementAndGet() == CLOSED) state.give();
  }

  void close() {
    cleanable.clean();
  }

  /** A result of C's. */
  <T> T get(LongFunction<T> function) {
    long address = enter();
    try {
      return function.apply(address);
    } finally {
      leave();
    }
  }

  /** A call that can fail. */
  void run(LongUnaryOperator function) {
    long address = enter();
    try {
      check(function.applyAsLong(address));
    } finally {
      leave();
    }
  }

  /** A call that can fail and gives one result. */
  long out(Out function) {
    long[] out = new long[1];
    run(address -> function.call(out, address));
    return out[0];
  }

  /** A function of C's with a result by address. */
  interface Out {
    long call(long[] out, long address);
  }
}
