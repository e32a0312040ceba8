// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Channels, progress and cancelling, and what they throw. */
@ExtendWith(NoLeaks.class)
class ChannelTest {
  private static final String NAME = "fc.weight";

  /** Few bytes at a time, and a failure when it is told to. */
  private static class Slow implements SeekableByteChannel {
    private final FileChannel file;
    Throwable failure;
    boolean closed;

    Slow(String name) throws IOException {
      file = FileChannel.open(Fixture.DATA.resolve(name));
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      if (failure instanceof IOException) throw (IOException) failure;
      if (failure instanceof Error) throw (Error) failure;
      ByteBuffer some = ByteBuffer.allocate(Math.min(100, into.remaining()));
      int count = file.read(some);
      into.put(some.flip());
      return count;
    }

    @Override
    public int write(ByteBuffer from) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long position() throws IOException {
      return file.position();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
      file.position(position);
      return this;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }

    @Override
    public void close() throws IOException {
      closed = true;
      file.close();
    }
  }

  private static WeightportException fails(Code code, Executable call) {
    WeightportException failure = assertThrows(WeightportException.class, call);
    assertEquals(code, failure.code(), failure::getMessage);
    return failure;
  }

  private static float[] expected() {
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt"); Tensor tensor = checkpoint.root().find(NAME).asTensor()) {
      return tensor.toFloats();
    }
  }

  @Test
  void aChannelIsReadWhenNeededAndClosedLast() throws IOException {
    Slow channel = new Slow("state_dict.pt");
    Tensor tensor;
    try (Checkpoint checkpoint = Checkpoint.open(channel, new OpenOptions()); StateDict weights = checkpoint.stateDict()) {
      tensor = weights.tensor(NAME);
    }
    assertFalse(channel.closed);
    assertArrayEquals(expected(), tensor.toFloats());
    tensor.close();
    assertTrue(channel.closed);
  }

  @Test
  void threadsOfTheLibraryFindClasses() throws IOException {
    Set<ClassLoader> seen = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
    Slow channel = new Slow("state_dict.pt") {
      @Override
      public int read(ByteBuffer into) throws IOException {
        seen.add(Thread.currentThread().getContextClassLoader());
        return super.read(into);
      }
    };
    Thread.currentThread().setContextClassLoader(null);
    try {
      Checkpoint.open(channel, new OpenOptions().memory(Memory.READ).threads(4)).close();
      assertNull(Thread.currentThread().getContextClassLoader());
    } finally {
      Thread.currentThread().setContextClassLoader(ChannelTest.class.getClassLoader());
    }
    assertEquals(Set.of(Checkpoint.class.getClassLoader()), seen);
  }

  @Test
  void filesAndMemory() throws IOException {
    Path path = Fixture.DATA.resolve("state_dict.pt");
    try (Checkpoint file = Checkpoint.open(FileChannel.open(path), new OpenOptions());
        Checkpoint memory = Checkpoint.open(ByteBuffer.wrap(Files.readAllBytes(path)), new OpenOptions());
        Checkpoint mapped = Checkpoint.open(path)) {
      assertEquals(List.of(), file.diff(mapped, new DiffOptions()));
      assertEquals(List.of(), memory.diff(mapped, new DiffOptions()));
    }
  }

  @Test
  void whatAChannelThrowsIsTheCause() throws IOException {
    Slow channel = new Slow("state_dict.pt");
    channel.failure = new IOException("no network");
    WeightportException failure = fails(Code.CALLBACK, () -> Checkpoint.open(channel, new OpenOptions().name("bucket/x.pt")));
    assertSame(channel.failure, failure.getCause());
    assertEquals("bucket/x.pt", failure.file());
    assertTrue(channel.closed);

    Slow later = new Slow("state_dict.pt");
    try (Checkpoint checkpoint = Checkpoint.open(later, new OpenOptions());
        Tensor tensor = checkpoint.root().find(NAME).asTensor();
        Checkpoint other = new Checkpoint()) {
      later.failure = new StackOverflowError("deep");
      assertSame(later.failure, fails(Code.CALLBACK, tensor::floats).getCause());
      other.set("t", tensor);
      WritableByteChannel nowhere = Channels.newChannel(new ByteArrayOutputStream());
      assertSame(later.failure, fails(Code.CALLBACK, () -> other.save(nowhere, new SaveOptions())).getCause());
      later.failure = null;
      assertArrayEquals(expected(), tensor.toFloats());
    }

    Slow read = new Slow("state_dict.pt");
    read.failure = new IOException("in another thread");
    OpenOptions all = new OpenOptions().memory(Memory.READ).threads(4);
    assertSame(read.failure, fails(Code.CALLBACK, () -> Checkpoint.open(read, all)).getCause());
  }

  @Test
  void aChannelThatEndsEarly() throws IOException {
    Slow channel = new Slow("state_dict.pt");
    try (Checkpoint checkpoint = Checkpoint.open(channel, new OpenOptions());
        Tensor tensor = checkpoint.root().find(NAME).asTensor()) {
      channel.file.close();
      WeightportException closed = fails(Code.CALLBACK, tensor::toFloats);
      assertEquals(ClosedChannelException.class, closed.getCause().getClass());
    }
    Slow longer = new Slow("state_dict.pt") {
      @Override
      public long size() throws IOException {
        return super.size() + 5;
      }
    };
    WeightportException failure = fails(Code.CALLBACK, () -> Checkpoint.open(longer, new OpenOptions()));
    assertEquals(EOFException.class, failure.getCause().getClass());
    assertTrue(longer.closed);
  }

  @Test
  void savingToAChannel() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Checkpoint checkpoint = Fixture.open("values.pt")) {
      checkpoint.save(Channels.newChannel(bytes), new SaveOptions().format(Format.TORCH_LEGACY));
      try (Checkpoint again = Checkpoint.open(ByteBuffer.wrap(bytes.toByteArray()), new OpenOptions())) {
        assertEquals(Format.TORCH_LEGACY, again.format());
        assertEquals(List.of(), checkpoint.diff(again, new DiffOptions()));
      }
      IOException full = new IOException("full");
      WritableByteChannel broken = new WritableByteChannel() {
        @Override
        public int write(ByteBuffer from) throws IOException {
          throw full;
        }

        @Override
        public boolean isOpen() {
          return true;
        }

        @Override
        public void close() {
          throw new AssertionError("not mine to close");
        }
      };
      WeightportException failure = fails(Code.CALLBACK, () -> checkpoint.save(broken, new SaveOptions().name("pipe")));
      assertSame(full, failure.getCause());
      assertEquals("pipe", failure.file());
    }
  }

  @Test
  void progressCountsAndMayThrow(@TempDir Path folder) {
    List<Long> done = new ArrayList<>();
    Path path = folder.resolve("out.pt");
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt")) {
      checkpoint.save(path, new SaveOptions().progress((now, total) -> {
        assertTrue(now <= total);
        done.add(total - now);
      }));
      assertEquals(0, done.get(done.size() - 1));
      Exception enough = new Exception("enough");
      SaveOptions stopping = new SaveOptions().progress((now, total) -> {
        throw enough;
      });
      assertSame(enough, fails(Code.CALLBACK, () -> checkpoint.save(folder.resolve("never.pt"), stopping)).getCause());
      assertEquals(1, folder.toFile().list().length);
    }
    OpenOptions reading = new OpenOptions().memory(Memory.READ).progress((now, total) -> {
      throw new IllegalStateException("stop");
    });
    assertEquals("stop", fails(Code.CALLBACK, () -> Checkpoint.open(path, reading)).getCause().getMessage());
  }

  @Test
  void cancelling(@TempDir Path folder) {
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt"); Cancel cancel = new Cancel()) {
      SaveOptions options = new SaveOptions().cancel(cancel).progress((now, total) -> cancel.request());
      assertFalse(cancel.isRequested());
      fails(Code.CANCELLED, () -> checkpoint.save(folder.resolve("never.pt"), options));
      assertTrue(cancel.isRequested());
      OpenOptions reading = new OpenOptions().memory(Memory.READ).cancel(cancel);
      fails(Code.CANCELLED, () -> Checkpoint.open(Fixture.DATA.resolve("state_dict.pt"), reading));
      fails(Code.CANCELLED, () -> checkpoint.verify(new OpenOptions().cancel(cancel)));
      assertEquals(0, folder.toFile().list().length);
    }
  }
}
