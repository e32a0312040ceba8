// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NoLeaks.class)
class LifetimeTest {
  private static final String NAME = "fc.weight";

  private static void closed(Executable use) {
    assertThrows(IllegalStateException.class, use);
  }

  @Test
  void useAfterCloseThrows() {
    Checkpoint checkpoint = Fixture.open("state_dict.pt");
    Value root = checkpoint.root();
    StateDict weights = checkpoint.stateDict();
    Tensor tensor = weights.tensor(NAME);
    for (int i = 0; i < 2; i++) {
      checkpoint.close();
      weights.close();
      tensor.close();
    }
    closed(checkpoint::format);
    closed(checkpoint::root);
    closed(checkpoint::stateDict);
    closed(checkpoint::verify);
    closed(() -> checkpoint.set("a", 1));
    closed(() -> checkpoint.save(Path.of("never")));
    closed(() -> checkpoint.diff(checkpoint, new DiffOptions()));
    closed(root::kind);
    closed(root::toJava);
    closed(() -> root.find(NAME));
    closed(() -> root.set("a", 1));
    closed(() -> root.item(0));
    closed(weights::size);
    closed(weights::names);
    closed(() -> weights.find(NAME));
    closed(() -> weights.asMap().get(NAME));
    closed(() -> weights.set(NAME, tensor));
    closed(weights::toValue);
    closed(tensor::floats);
    closed(tensor::toFloats);
    closed(tensor::item);
    closed(tensor::device);
    closed(() -> tensor.to(DType.FLOAT64));
    closed(() -> Value.of(tensor));
    closed(() -> Value.of(root));
    Cancel cancel = new Cancel();
    cancel.close();
    closed(cancel::request);
    closed(() -> Checkpoint.open(Fixture.DATA.resolve("state_dict.pt"), new OpenOptions().cancel(cancel)));
    assertEquals(DType.FLOAT32, tensor.dtype());
    assertEquals(0, Weightport.liveReferences());
  }

  @Test
  void largeTensorsMakeTheCollectorRun() {
    int count = 400;
    long most = 0;
    try (Tensor source = Tensor.zeros(DType.FLOAT32, 2, 1 << 20)) {
      for (int i = 0; i < count; i++) {
        Tensor left = i % 2 == 0 ? source.contiguous() : source.to(DType.INT32);
        most = Math.max(most, Weightport.liveReferences());
      }
    }
    assertTrue(most < count, most + " tensors of 8 MB were there at once");
  }

  @Test
  void whatIsClosedIsGivenUpAtOnce() {
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt");
        StateDict weights = checkpoint.stateDict();
        Value value = weights.toValue();
        Tensor tensor = weights.tensor(NAME);
        Tensor again = weights.tensor(NAME)) {
      assertEquals(tensor.storageId(), again.storageId());
      assertEquals(value.size(), weights.size());
      assertTrue(Weightport.liveReferences() >= 5);
    }
    assertEquals(0, Weightport.liveReferences());
  }

  @Test
  void tensorsOfOneNameCloseEachForItself() {
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt"); StateDict weights = checkpoint.stateDict()) {
      Tensor first = weights.tensor(NAME);
      try (Tensor second = weights.tensor(NAME)) {
        first.close();
        closed(first::floats);
        assertTrue(second.toFloats().length > 0);
      }
      try (Tensor third = weights.tensor(NAME)) {
        assertTrue(third.toFloats().length > 0);
      }
    }
  }

  @Test
  void tensorsOutliveTheCheckpoint() {
    Tensor tensor;
    float[] before;
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt"); StateDict weights = checkpoint.stateDict()) {
      tensor = weights.tensor(NAME);
      before = tensor.toFloats();
    }
    try (tensor) {
      assertEquals(FloatBuffer.wrap(before), tensor.floats());
    }
  }

  @Test
  void nodesKeepTheirTree() {
    Value node = Fixture.open("values.pt").root().find("ints");
    for (int i = 0; i < 20; i++) System.gc();
    assertEquals(Long.MAX_VALUE, node.item(7).asLong());
  }

  /** Buffers over all elements of a file, of which nothing else is reachable when this returns. */
  private static List<ByteBuffer> views(String name, boolean close) {
    Checkpoint checkpoint = Fixture.open(name);
    StateDict weights = checkpoint.stateDict();
    List<ByteBuffer> views = new ArrayList<>();
    for (String each : weights.names()) {
      Tensor tensor = weights.tensor(each);
      if (tensor.isContiguous()) views.add(tensor.bytes().slice().duplicate());
      if (close) tensor.close();
    }
    if (close) {
      weights.close();
      checkpoint.close();
    }
    return views;
  }

  @Test
  void viewsOutliveEverythingElse() throws InterruptedException {
    List<ByteBuffer> closed = views("state_dict.pt", true);
    List<ByteBuffer> collected = views("state_dict.pt", false);
    List<ByteBuffer> inflated = views("deflated.pt", false);
    List<byte[]> before = new ArrayList<>();
    for (ByteBuffer each : closed) before.add(bytes(each));
    // test.sh asks for a thousand where the virtual machine checks native methods.
    for (int i = 0; i < Integer.getInteger("collections", 50); i++) System.gc();
    int all = closed.size() + collected.size() + inflated.size();
    assertEquals(all, Fixture.collect(all));
    for (int i = 0; i < closed.size(); i++) {
      assertEquals(ByteBuffer.wrap(before.get(i)), closed.get(i));
      assertEquals(closed.get(i), collected.get(i));
    }
    inflated.forEach(LifetimeTest::bytes);
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.duplicate().get(bytes);
    return bytes;
  }

  @Test
  void aTypedViewAloneKeepsTheMemory() throws InterruptedException {
    FloatBuffer numbers = owned();
    for (int i = 0; i < 50; i++) System.gc();
    assertEquals(1, Fixture.collect(1));
    for (int i = 0; i < numbers.capacity(); i++) assertEquals(7, numbers.get(i));
  }

  /** Of memory that is not mapped, so that it would be freed. */
  private static FloatBuffer owned() {
    float[] sevens = new float[1 << 20];
    Arrays.fill(sevens, 7);
    try (Tensor tensor = Tensor.of(sevens)) {
      return tensor.floats().slice().asReadOnlyBuffer();
    }
  }

  /** Runs tasks on 8 threads, and fails as the first of them that fails. */
  private static void onEightThreads(Executable task) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        running.add(threads.submit(() -> {
          try {
            task.execute();
          } catch (Throwable failure) {
            throw new AssertionError(failure);
          }
        }));
      }
      for (Future<?> each : running) each.get(60, TimeUnit.SECONDS);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void eightThreadsRead() throws Exception {
    try (Checkpoint checkpoint = Fixture.open("deflated.pt"); StateDict weights = checkpoint.stateDict()) {
      List<String> names = weights.names();
      onEightThreads(() -> {
        for (int i = 0; i < 200; i++) {
          for (String name : names) {
            try (Tensor tensor = weights.tensor(name)) {
              assertEquals(tensor.numel(), tensor.toDoubles().length);
            }
            assertEquals(Kind.TENSOR, checkpoint.root().find(name).kind());
          }
          assertEquals(names, weights.names());
        }
      });
    }
  }

  @Test
  void closeWhileEightThreadsRead() throws Exception {
    for (int round = 0; round < 50; round++) {
      Checkpoint checkpoint = Fixture.open("state_dict.pt");
      StateDict weights = checkpoint.stateDict();
      Tensor shared = weights.tensor(NAME);
      AtomicInteger ready = new AtomicInteger();
      onEightThreads(() -> {
        if (ready.incrementAndGet() == 5) {
          checkpoint.close();
          weights.close();
          shared.close();
        }
        try {
          for (int i = 0; i < 200; i++) {
            checkpoint.root().find(NAME).asTensor().close();
            weights.names();
            try (Tensor tensor = weights.tensor(NAME)) {
              assertTrue(tensor.toFloats().length > 0);
            }
            assertTrue(shared.contiguous().floats().get(0) != 77);
          }
        } catch (IllegalStateException gone) {
          assertFalse(gone.getMessage().isEmpty());
        }
      });
    }
  }

  @Test
  void editingWhileOthersReadIsSafe() throws Exception {
    try (StateDict weights = new StateDict(); Tensor tensor = Tensor.zeros(DType.FLOAT32, 4)) {
      AtomicInteger number = new AtomicInteger();
      onEightThreads(() -> {
        int mine = number.getAndIncrement();
        for (int i = 0; i < 300; i++) {
          String name = "t" + (i % 20);
          if (mine < 2) {
            weights.set(name, tensor);
          } else {
            Tensor found = weights.find(name);
            if (found != null) found.close();
            weights.names().forEach(String::length);
          }
        }
      });
      assertEquals(20, weights.size());
    }
  }

  /** Kilobytes of memory that the process has. */
  private static long resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", ""));
    }
    throw new IOException("no VmRSS");
  }

  @Test
  void aMillionGetsTakeNoMemory() throws IOException {
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt"); StateDict weights = checkpoint.stateDict()) {
      long sum = gets(weights, 200_000);
      System.gc();
      long before = resident();
      sum += gets(weights, 1_000_000);
      System.gc();
      long grown = resident() - before;
      assertEquals(1_200_000 * weights.tensor(NAME).numel(), sum);
      assertTrue(grown < 32 << 10, () -> grown + " KiB more");
    }
  }

  /** Half of them are left to the collector; every tenth copies. */
  private static long gets(StateDict weights, int count) {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      Tensor tensor = weights.tensor(NAME);
      sum += i % 10 == 0 ? tensor.toDoubles().length : tensor.floats().remaining();
      if (i % 2 == 0) tensor.close();
    }
    return sum;
  }

  @Test
  void aFileMayGoWhileATensorStays(@TempDir Path folder) throws IOException {
    Path copy = Files.copy(Fixture.DATA.resolve("state_dict.pt"), folder.resolve("copy.pt"));
    try (Checkpoint checkpoint = Checkpoint.open(copy); StateDict weights = checkpoint.stateDict()) {
      Files.delete(copy);
      try (Tensor tensor = weights.tensor(NAME)) {
        assertTrue(tensor.toFloats().length > 0);
      }
    }
  }
}
