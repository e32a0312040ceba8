// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory of C's tensors hold that were neither closed nor found by the collector. To the collector each is a few words
 * of heap, so it sees no reason to run: it is asked to, as direct buffers do, whenever there is twice as much as after the last
 * time.
 */
final class Allocated {
  /** Less than this counts for nothing beside what a collection costs. */
  private static final long HEAVY = 64 << 10;
  private static final long LEAST = 256 << 20;

  private static final AtomicLong BYTES = new AtomicLong();
  private static final AtomicLong MOST = new AtomicLong(LEAST);

  private Allocated() {}

  /** What counts of so many bytes, which give() takes back. */
  static long take(long nbytes) {
    if (nbytes < HEAVY) return 0;
    long now = BYTES.addAndGet(nbytes);
    long most = MOST.get();
    if (now > most && MOST.compareAndSet(most, 2 * now)) System.gc();
    return nbytes;
  }

  static void give(long nbytes) {
    long now = BYTES.addAndGet(-nbytes);
    long most = MOST.get();
    if (now < most / 4 && most > LEAST) MOST.compareAndSet(most, Math.max(LEAST, 2 * now));
  }
}
