// SPDX-License-Identifier: MIT
package org.weightport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import org.weightport.internal.Callback;

/** The caller's channels, memory and progress as C sees them. */
final class Channels {
  private Channels() {}

  static Callback progress(Progress progress) {
    if (progress == null) return null;
    return new Callback() {
      @Override
      public int progress(long done, long total) {
        return Causes.call(() -> progress.update(done, total));
      }
    };
  }

  static Callback sink(WritableByteChannel channel) {
    ChannelBuffers buffers = new ChannelBuffers();
    return new Callback() {
      @Override
      public int write(ByteBuffer memory) {
        return Causes.call(() -> {
          while (memory.hasRemaining()) buffers.lend(memory.remaining(), buffer -> drain(channel, memory, buffer));
        });
      }
    };
  }

  private static void drain(WritableByteChannel channel, ByteBuffer memory, ByteBuffer buffer) throws IOException {
    int end = memory.position() + buffer.remaining();
    buffer.put(memory.duplicate().limit(end)).flip();
    memory.position(end);
    ByteBuffer lent = buffer.asReadOnlyBuffer();
    while (lent.hasRemaining()) channel.write(lent);
  }

  /** A source that closes the channel once, however often it is closed itself. */
  static Callback source(SeekableByteChannel channel) {
    ChannelBuffers buffers = new ChannelBuffers();
    AtomicBoolean closed = new AtomicBoolean();
    return new Callback() {
      @Override
      public int readAt(long offset, ByteBuffer memory) {
        return Causes.call(() -> {
          while (memory.hasRemaining()) buffers.lend(memory.remaining(), buffer -> read(channel, offset, memory, buffer));
        });
      }

      @Override
      public void close() {
        if (closed.getAndSet(true)) return;
        try {
          channel.close();
        } catch (IOException | RuntimeException | Error unheard) {
          // Nobody asked for this now: the last tensor was given up, maybe by the cleaner.
        }
      }
    };
  }

  private static void read(SeekableByteChannel channel, long offset, ByteBuffer memory, ByteBuffer buffer)
      throws IOException {
    int size = buffer.remaining();
    fill(channel, offset + memory.position(), buffer);
    memory.put(buffer.position(0).limit(size));
  }

  private static void fill(SeekableByteChannel channel, long offset, ByteBuffer buffer) throws IOException {
    if (channel instanceof FileChannel) {
      while (buffer.hasRemaining()) some(((FileChannel) channel).read(buffer, offset + buffer.position()));
      return;
    }
    // A position belongs to one thread at a time.
    synchronized (channel) {
      channel.position(offset);
      while (buffer.hasRemaining()) some(channel.read(buffer));
    }
  }

  private static void some(int count) throws EOFException {
    if (count < 0) throw new EOFException("the channel ends before its size");
  }

  static Callback source(ByteBuffer bytes) {
    return new Callback() {
      @Override
      public int readAt(long offset, ByteBuffer memory) {
        return Causes.call(() -> {
          ByteBuffer from = bytes.duplicate();
          from.position((int) offset).limit((int) offset + memory.remaining());
          memory.put(from);
        });
      }
    };
  }

  /** Keeps memory that C uses reachable. */
  static Callback keep(ByteBuffer memory) {
    return new Callback() {
      private ByteBuffer kept = memory;

      @Override
      public void close() {
        kept = null;
      }
    };
  }
}
