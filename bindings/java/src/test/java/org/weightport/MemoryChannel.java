// SPDX-License-Identifier: MIT
package org.weightport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** Bytes as a channel to read. */
public class MemoryChannel implements SeekableByteChannel {
  private final ByteBuffer bytes;
  int closes;

  public MemoryChannel(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes);
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (!bytes.hasRemaining()) return -1;
    int count = Math.min(bytes.remaining(), into.remaining());
    into.put(bytes.duplicate().limit(bytes.position() + count));
    bytes.position(bytes.position() + count);
    return count;
  }

  @Override
  public int write(ByteBuffer from) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long position() {
    return bytes.position();
  }

  @Override
  public SeekableByteChannel position(long position) {
    bytes.position((int) position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return bytes.capacity();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isOpen() {
    return closes == 0;
  }

  @Override
  public void close() {
    closes++;
  }
}
