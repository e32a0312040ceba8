// SPDX-License-Identifier: MIT
package org.weightport;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What a channel of the caller's sees in place of C's memory, which is gone after a call: code that keeps a buffer, and uses it
 * later, then finds memory of the virtual machine's.
 */
final class ChannelBuffers {
  /** What a channel does with a buffer. */
  interface Task {
    void run(ByteBuffer buffer) throws Exception;
  }

  private static final int LEAST = 4 << 10;
  private static final int MOST = 1 << 20;

  /** As many as there were calls at once. */
  private final ConcurrentLinkedQueue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

  /** Lends an empty buffer, of as many bytes as are left or 1 MiB, that no other call has meanwhile. */
  void lend(int left, Task task) throws Exception {
    int size = left >= MOST ? MOST : Math.max(LEAST, Integer.highestOneBit(left) << 1);
    ByteBuffer buffer = idle.poll();
    if (buffer == null || buffer.capacity() < size) buffer = ByteBuffer.allocateDirect(size);
    task.run(buffer.clear().limit(Math.min(size, left)));
    // Not where the task failed: a channel that was interrupted may still be at it on another thread.
    idle.add(buffer);
  }
}
