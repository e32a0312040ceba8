// SPDX-License-Identifier: MIT
package org.weightport.internal;

import java.nio.ByteBuffer;

/**
 * What C calls, on any thread. A method that can fail keeps what was thrown, and returns its number, by which whoever gets C's
 * error finds it; none lets an exception out. Implementations override the methods of their kind of call.
 */
public abstract class Callback {
  /** Fills C's memory from an offset of the source; it is valid during the call only, so no code of a user's may see it. */
  public int readAt(long offset, ByteBuffer memory) {
    return -1;
  }

  /** Takes the next bytes of the file, in C's memory, as for readAt(). */
  public int write(ByteBuffer memory) {
    return -1;
  }

  /** Everything has been written. */
  public int finish() {
    return 0;
  }

  /** The save failed: what was written is to be thrown away. */
  public void abort() {}

  /** How far the operation is, in bytes. */
  public int progress(long done, long total) {
    return 0;
  }

  /** The loss again: address of a new reference. */
  public int closure(long[] loss) {
    return -1;
  }

  /** The factor of a learning rate. */
  public double lrLambda(long epoch, long group) {
    return 1;
  }

  /** C needs it no more. */
  public void close() {}
}
