// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Channels that keep what they were lent, and those that nothing keeps. */
@ExtendWith(NoLeaks.class)
class KeptChannelTest {
  /** More than one buffer of a channel holds. */
  private static final int COUNT = 1 << 20;

  private static byte[] file(Tensor tensor) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Checkpoint checkpoint = new Checkpoint()) {
      checkpoint.set("t", tensor);
      checkpoint.save(Channels.newChannel(bytes), new SaveOptions());
    }
    return bytes.toByteArray();
  }

  private static float[] numbers() {
    float[] numbers = new float[COUNT];
    for (int i = 0; i < COUNT; i++) numbers[i] = i;
    return numbers;
  }

  @Test
  void whatIsWrittenIntoAKeptBufferGoesNowhere() throws IOException {
    List<ByteBuffer> kept = new ArrayList<>();
    try (Tensor numbers = Tensor.of(numbers())) {
      MemoryChannel channel = new MemoryChannel(file(numbers)) {
        @Override
        public int read(ByteBuffer into) throws IOException {
          kept.add(into.duplicate());
          return super.read(into);
        }
      };
      try (Checkpoint checkpoint = Checkpoint.open(channel, new OpenOptions().memory(Memory.READ));
          Tensor tensor = checkpoint.root().find("t").asTensor()) {
        for (ByteBuffer each : kept) {
          while (each.hasRemaining()) each.put((byte) 0xee);
        }
        assertArrayEquals(numbers(), tensor.toFloats());
      }
    }
  }

  @Test
  void aKeptBufferIsNotTheTensorThatIsSaved() {
    List<ByteBuffer> kept = new ArrayList<>();
    WritableByteChannel channel = new WritableByteChannel() {
      @Override
      public int write(ByteBuffer from) {
        kept.add(from.duplicate());
        int count = from.remaining();
        from.position(from.limit());
        return count;
      }

      @Override
      public boolean isOpen() {
        return true;
      }

      @Override
      public void close() {}
    };
    try (Tensor tensor = Tensor.of(numbers()); Checkpoint checkpoint = new Checkpoint()) {
      checkpoint.set("t", tensor);
      checkpoint.save(channel, new SaveOptions());
      ByteBuffer later = tensor.mutableBytes();
      while (later.hasRemaining()) later.put((byte) 0xee);
      int seen = 0;
      for (ByteBuffer each : kept) {
        assertTrue(each.isReadOnly());
        while (each.hasRemaining()) seen += each.get() == (byte) 0xee ? 1 : 0;
      }
      assertTrue(seen < COUNT, () -> "the tensor is in the kept buffers");
    }
  }

  @Test
  void aFileIsReadOnSeveralThreads(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("x.pt");
    try (Checkpoint checkpoint = new Checkpoint()) {
      for (int i = 0; i < 8; i++) {
        float[] numbers = new float[COUNT];
        Arrays.fill(numbers, i);
        try (Tensor tensor = Tensor.of(numbers)) {
          checkpoint.set("t" + i, tensor);
        }
      }
      checkpoint.save(path);
      OpenOptions all = new OpenOptions().memory(Memory.READ).threads(8);
      try (Checkpoint read = Checkpoint.open(FileChannel.open(path), all)) {
        assertEquals(List.of(), checkpoint.diff(read, new DiffOptions()));
      }
    }
  }

  @Test
  void aChannelIsClosedOnceHoweverOpeningFails() throws IOException {
    Cancel closed = new Cancel();
    closed.close();
    for (OpenOptions each : Arrays.asList(new OpenOptions(), new OpenOptions().name("a\0b"), new OpenOptions().cancel(closed),
        new OpenOptions().memory(null), null)) {
      MemoryChannel channel = new MemoryChannel(new byte[100]);
      assertThrows(RuntimeException.class, () -> Checkpoint.open(channel, each));
      assertEquals(1, channel.closes);
    }
    IOException failure = new IOException("no size");
    MemoryChannel endless = new MemoryChannel(new byte[0]) {
      @Override
      public long size() throws IOException {
        throw failure;
      }
    };
    assertSame(failure, assertThrows(IOException.class, () -> Checkpoint.open(endless, new OpenOptions())));
    assertFalse(endless.isOpen());
  }

  /** The cause is found wherever a tensor of the channel went. */
  @Test
  void theCauseOfAChannelThatIsReadByWayOfSomethingElse() throws IOException {
    IOException failure = new IOException("no network");
    boolean[] broken = new boolean[1];
    try (Tensor numbers = Tensor.of(numbers())) {
      byte[] file = file(numbers);
      MemoryChannel channel = new MemoryChannel(file) {
        @Override
        public int read(ByteBuffer into) throws IOException {
          if (broken[0]) throw failure;
          return super.read(into);
        }
      };
      WritableByteChannel nowhere = Channels.newChannel(OutputStream.nullOutputStream());
      try (Checkpoint remote = Checkpoint.open(channel, new OpenOptions());
          Checkpoint here = Checkpoint.open(ByteBuffer.wrap(file), new OpenOptions());
          Checkpoint other = new Checkpoint();
          Tensor tensor = remote.root().find("t").asTensor();
          Value value = Value.of(List.of(tensor));
          Value copy = Value.of(value);
          Tensor again = copy.item(0).asTensor()) {
        broken[0] = true;
        other.set("t", tensor);
        assertSame(failure, cause(() -> other.save(nowhere, new SaveOptions())));
        assertSame(failure, cause(() -> here.diff(remote, new DiffOptions())));
        assertSame(failure, cause(again::floats));
        assertSame(failure, cause(again::toFloats));
        other.setRoot(copy);
        assertSame(failure, cause(other::verify));
      }
    }
  }

  private static Throwable cause(Executable call) {
    WeightportException thrown = assertThrows(WeightportException.class, call);
    assertEquals(Code.CALLBACK, thrown.code(), thrown::getMessage);
    return thrown.getCause();
  }
}
