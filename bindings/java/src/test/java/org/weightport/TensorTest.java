// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NoLeaks.class)
class TensorTest {
  private static void fails(Code code, Executable call) {
    assertEquals(code, assertThrows(WeightportException.class, call).code());
  }

  @Test
  void arraysGoInAndOut() {
    try (Tensor floats = Tensor.of(new float[] {1.5f, -2, 3, 4}, 2, 2);
        Tensor doubles = Tensor.of(new double[] {0.25});
        Tensor longs = Tensor.of(new long[] {Long.MIN_VALUE, 7});
        Tensor ints = Tensor.of(new int[] {-7});
        Tensor bytes = Tensor.of(new byte[] {-1, 2});
        Tensor booleans = Tensor.of(new boolean[] {true, false});
        Tensor none = Tensor.of(new float[0])) {
      assertArrayEquals(new float[] {1.5f, -2, 3, 4}, floats.toFloats());
      assertArrayEquals(new double[] {1.5, -2, 3, 4}, floats.toDoubles());
      assertArrayEquals(new int[] {1, -2, 3, 4}, floats.toInts());
      assertArrayEquals(new long[] {2, 2}, floats.shape());
      assertArrayEquals(new long[] {2, 1}, floats.strides());
      assertEquals(0.25, doubles.item());
      assertArrayEquals(new long[] {Long.MIN_VALUE, 7}, longs.toLongs());
      assertEquals(-7, ints.ints().get(0));
      assertArrayEquals(new float[] {255, 2}, bytes.toFloats());
      assertArrayEquals(new byte[] {1, 0}, booleans.toBytes());
      assertEquals(0, none.floats().remaining());
      assertEquals(0, none.toFloats().length);
      assertEquals("Tensor(float32 [2, 2])", floats.toString());
      fails(Code.MISMATCH, () -> Tensor.of(new float[3], 2, 2));
      fails(Code.INVALID_ARGUMENT, () -> Tensor.zeros(DType.FLOAT32, -1));
      fails(Code.MISMATCH, floats::item);
    }
  }

  @Test
  void viewsAreReadOnlyAndNative() {
    try (Tensor tensor = Tensor.of(new float[] {1, 2, 3})) {
      assertThrows(ReadOnlyBufferException.class, () -> tensor.floats().put(0, 5));
      assertThrows(ReadOnlyBufferException.class, () -> tensor.bytes().put((byte) 5));
      assertEquals(ByteOrder.nativeOrder(), tensor.bytes().order());
      assertTrue(tensor.floats().isDirect());
      assertEquals(FloatBuffer.wrap(new float[] {2, 3}), tensor.floats(1, 2));
      FloatBuffer first = tensor.floats();
      first.get();
      assertEquals(3, tensor.floats().remaining());
      fails(Code.MISMATCH, tensor::doubles);
      fails(Code.MISMATCH, tensor::longs);
      fails(Code.INVALID_ARGUMENT, () -> tensor.floats(2, 2));
      fails(Code.INVALID_ARGUMENT, () -> tensor.bytes(-1, 1));
      try (Tensor transposed = tensor.view(0, new long[] {1, 2}, new long[] {1, 2})) {
        fails(Code.MISMATCH, transposed::floats);
        assertArrayEquals(new float[] {1, 3}, transposed.toFloats());
        assertEquals(tensor.storageId(), transposed.storageId());
      }
      fails(Code.INVALID_ARGUMENT, () -> tensor.view(0, new long[] {1}, new long[2]));
    }
  }

  @Test
  void ownedMemoryMayBeWrittenAndAMappingNot() {
    try (Checkpoint mapped = Fixture.open("state_dict.pt");
        Tensor tensor = mapped.root().find("fc.weight").asTensor();
        Tensor copy = tensor.contiguous()) {
      fails(Code.UNSUPPORTED, tensor::mutableBytes);
      copy.mutableBytes().asFloatBuffer().put(0, 42);
      copy.mutableBytes(1, 1).putFloat(43);
      assertEquals(42, copy.floats().get(0));
      assertEquals(43, copy.floats().get(1));
    }
    OpenOptions reading = new OpenOptions().memory(Memory.READ).threads(2);
    try (Checkpoint read = Checkpoint.open(Fixture.DATA.resolve("state_dict.pt"), reading);
        Tensor tensor = read.root().find("fc.weight").asTensor()) {
      tensor.mutableBytes().putFloat(0, 42);
      assertEquals(42, tensor.floats().get(0));
    }
  }

  @Test
  void aMappedFileIsWrittenInPrivate(@TempDir Path folder) throws IOException {
    Path path = Files.copy(Fixture.DATA.resolve("state_dict.pt"), folder.resolve("x.pt"));
    byte[] before = Files.readAllBytes(path);
    ByteBuffer bytes;
    try (Checkpoint mapped = Checkpoint.open(path);
        Tensor tensor = mapped.root().find("fc.weight").asTensor();
        Tensor same = mapped.root().find("fc.weight").asTensor()) {
      bytes = tensor.privateBytes();
      bytes.putFloat(0, 42);
      tensor.privateBytes(1, 1).putFloat(0, 43);
      assertEquals(FloatBuffer.wrap(new float[] {42, 43}), same.floats(0, 2));
      fails(Code.INVALID_ARGUMENT, () -> tensor.privateBytes(0, Integer.MAX_VALUE));
      mapped.save(folder.resolve("y.pt"));
    }
    for (int i = 0; i < 20; i++) System.gc();
    assertEquals(42, bytes.getFloat(0));
    assertArrayEquals(before, Files.readAllBytes(path));
    try (Checkpoint saved = Checkpoint.open(folder.resolve("y.pt"));
        Tensor tensor = saved.root().find("fc.weight").asTensor();
        Tensor constant = Tensor.wrap(DType.UINT8, ByteBuffer.allocateDirect(8).asReadOnlyBuffer(), 8)) {
      assertEquals(42, tensor.floats().get(0));
      fails(Code.UNSUPPORTED, constant::privateBytes);
    }
  }

  /** Reading what is not there any more must not end as a fault of the virtual machine's. */
  @Test
  void aFileThatWasTruncated(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("x.safetensors");
    try (Checkpoint checkpoint = new Checkpoint(); Tensor large = Tensor.of(new float[1 << 20]);
        Tensor small = Tensor.of(new float[] {1, 2})) {
      checkpoint.set("large", large);
      checkpoint.set("small", small);
      checkpoint.save(path);
    }
    try (Checkpoint checkpoint = Checkpoint.open(path); StateDict weights = checkpoint.stateDict();
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      for (Tensor each : weights.asMap().values()) assertEquals(each.numel(), each.toFloats().length);
      file.setLength(1000);
      for (String name : weights.names()) {
        try (Tensor tensor = weights.tensor(name)) {
          for (Executable read : List.<Executable>of(tensor::toFloats, tensor::toBytes, tensor::toDoubles, tensor::toLongs,
              tensor::toInts, tensor::contiguous)) {
            fails(Code.IO, read);
          }
        }
      }
    }
  }

  /** Around the size that is read in one piece. */
  @Test
  void arraysOfEverySizeAndOrder() {
    for (int count : new int[] {0, 1, 127, 128, 129, 1 << 16, (1 << 16) + 1, 3 << 16, 1_000_003}) {
      float[] numbers = new float[count];
      double[] doubles = new double[count];
      for (int i = 0; i < count; i++) doubles[i] = numbers[i] = i;
      try (Tensor tensor = Tensor.of(numbers); Tensor half = tensor.view(count / 2, new long[] {count - count / 2}, null);
          Tensor twice = tensor.view(0, new long[] {2, count}, new long[] {0, 1})) {
        assertArrayEquals(numbers, tensor.toFloats());
        assertArrayEquals(doubles, tensor.toDoubles());
        assertArrayEquals(Arrays.copyOfRange(numbers, count / 2, count), half.toFloats());
        float[] both = twice.toFloats();
        assertArrayEquals(numbers, Arrays.copyOf(both, count));
        assertArrayEquals(numbers, Arrays.copyOfRange(both, count, 2 * count));
      }
    }
  }

  @Test
  void numbersWithoutDimensions() {
    try (Tensor single = Tensor.scalar(1.5f); Tensor wide = Tensor.scalar(0.1); Tensor whole = Tensor.scalar(Long.MIN_VALUE);
        Tensor small = Tensor.scalar(-7); Tensor truth = Tensor.scalar(true)) {
      for (Tensor each : List.of(single, wide, whole, small, truth)) {
        assertEquals(0, each.dim());
        assertEquals(1, each.numel());
      }
      assertEquals("Tensor(float32 [])", single.toString());
      assertEquals(1.5, single.item());
      assertArrayEquals(new double[] {0.1}, wide.toDoubles());
      assertArrayEquals(new long[] {Long.MIN_VALUE}, whole.toLongs());
      assertArrayEquals(new int[] {-7}, small.toInts());
      assertEquals(DType.BOOL, truth.dtype());
      assertEquals(1, truth.item());
    }
  }

  @Test
  void directBuffersBecomeTensors() {
    ByteBuffer memory = ByteBuffer.allocateDirect(20).order(ByteOrder.nativeOrder());
    memory.putInt(99).mark();
    try (Tensor tensor = Tensor.wrap(DType.FLOAT32, memory, 2, 2)) {
      memory.putFloat(4, 1.5f);
      assertEquals(1.5f, tensor.floats().get(0));
      tensor.mutableBytes().putFloat(4, 2.5f);
      assertEquals(2.5f, memory.getFloat(8));
      fails(Code.MISMATCH, () -> Tensor.wrap(DType.FLOAT32, memory, 5));
      fails(Code.INVALID_ARGUMENT, () -> Tensor.wrap(DType.FLOAT32, ByteBuffer.allocate(16), 4));
    }
    try (Tensor constant = Tensor.wrap(DType.UINT8, memory.asReadOnlyBuffer(), 16)) {
      fails(Code.UNSUPPORTED, constant::mutableBytes);
    }
  }

  @Test
  void everyDTypeHasAName() {
    for (DType each : DType.values()) {
      assertEquals(each, DType.of(each.toString()));
      assertEquals(each == DType.UNDEFINED, each.itemSize() == 0);
    }
    assertEquals(DType.BFLOAT16, DType.of("torch.bfloat16"));
    assertEquals(DType.UNDEFINED, DType.of("float33"));
  }

  @Test
  void halvesConvert() {
    try (Tensor numbers = Tensor.of(new float[] {1, -0.5f, 65504});
        Tensor half = numbers.to(DType.FLOAT16);
        Tensor bfloat = numbers.to(DType.BFLOAT16)) {
      assertEquals((short) 0x3c00, half.shorts().get(0));
      assertEquals((short) 0x3f80, bfloat.shorts(0, 1).get(0));
      assertArrayEquals(new float[] {1, -0.5f, 65504}, half.toFloats());
    }
  }

  @Test
  void partsAndQuantizers() {
    try (Checkpoint sparse = Fixture.open("sparse.pt"); Checkpoint quantized = Fixture.open("quantized.pt")) {
      boolean compressed = false;
      for (Value each : sparse.root()) {
        if (each.kind() != Kind.TENSOR) continue;
        try (Tensor tensor = each.asTensor(); Tensor values = tensor.part(Part.VALUES);
            Tensor rows = tensor.part(Part.COMPRESSED_INDICES)) {
          if (tensor.layout() == Layout.STRIDED) continue;
          assertNull(tensor.strides());
          assertTrue(values.numel() > 0);
          compressed |= rows != null;
          fails(Code.UNSUPPORTED, tensor::contiguous);
          assertNull(tensor.part(Part.SCALES));
        }
      }
      assertTrue(compressed);
      boolean affine = false;
      for (Value each : quantized.root()) {
        if (each.kind() != Kind.TENSOR) continue;
        try (Tensor tensor = each.asTensor()) {
          Quantizer quantizer = tensor.quantizer();
          assertEquals(tensor.nbytes(), tensor.toBytes().length);
          affine |= quantizer != null && quantizer.scheme() == QScheme.PER_TENSOR_AFFINE && quantizer.scale() > 0;
        }
      }
      assertTrue(affine);
    }
  }

  /** A safetensors file with one float32 tensor of more than 3 GiB, of which the disk keeps only a few bytes. */
  private static Path large(Path folder, long count) throws IOException {
    String json = "{\"x\":{\"dtype\":\"F32\",\"shape\":[" + count + "],\"data_offsets\":[0," + count * 4 + "]}}";
    byte[] header = (json + " ".repeat((8 - json.length() % 8) % 8)).getBytes(StandardCharsets.US_ASCII);
    Path path = folder.resolve("large.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      ByteBuffer number = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      file.write(number.putLong(header.length).array());
      file.write(header);
      file.setLength(8 + header.length + count * 4);
      file.seek(8 + header.length + (count - 1) * 4);
      file.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(42).array());
    }
    return path;
  }

  @Test
  void threeGibibytes(@TempDir Path folder) throws IOException {
    long count = (3L << 28) + 5;
    try (Checkpoint checkpoint = Checkpoint.open(large(folder, count)); StateDict weights = checkpoint.stateDict();
        Tensor tensor = weights.tensor("x")) {
      assertEquals(count * 4, tensor.nbytes());
      fails(Code.LIMIT, tensor::floats);
      fails(Code.LIMIT, tensor::toBytes);
      assertEquals(42, tensor.floats(count - 3, 3).get(2));
      assertEquals(0, tensor.floats(0, 1 << 28).get((1 << 28) - 1));
      List<ByteBuffer> chunks = tensor.chunks();
      assertEquals(4, chunks.size());
      assertEquals(count * 4, chunks.stream().mapToLong(ByteBuffer::remaining).sum());
      assertEquals(42, chunks.get(3).getFloat(16));
    }
    Files.delete(folder.resolve("large.safetensors"));
  }
}
