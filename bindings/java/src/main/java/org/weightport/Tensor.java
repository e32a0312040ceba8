// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.weightport.internal.Native;

/**
 * A view of a storage: dtype, shape, strides and offset, counted in elements. It keeps the storage, and the mapped file behind
 * it, alive.
 *
 * <p>Buffers over its elements ({@link #floats()} and so on) copy nothing. They keep the memory alive by themselves, as long as
 * they or buffers made of them are reachable: longer than the tensor, if need be. They are read-only, as a mapped file is, and
 * want a contiguous tensor: for others {@link #contiguous()} makes a copy. Arrays ({@link #toFloats()} and so on) are copies,
 * in row-major order and converted as Tensor.to() of PyTorch does.
 *
 * <p>Close it, or leave it to the garbage collector. After {@link #close()} what a tensor is (dtype, shape and so on) can still
 * be asked; everything else throws IllegalStateException. Threads: shareable; whoever writes the elements must be alone.
 */
public final class Tensor implements AutoCloseable {
  private static final AtomicIntegerFieldUpdater<Tensor> GONE = AtomicIntegerFieldUpdater.newUpdater(Tensor.class, "gone");

  private static final long[] NO_SIZES = {};

  private final TensorCore core;
  private volatile int gone;

  Tensor(TensorCore core) {
    this.core = core;
  }

  /** Takes a new reference. */
  static Tensor take(long address) {
    return new Tensor(new TensorCore(address));
  }

  /** Takes a new reference to a tensor that memory was allocated for. */
  static Tensor allocated(long address) {
    return new Tensor(new TensorCore(address, true));
  }

  TensorCore open() {
    if (gone != 0) throw new IllegalStateException("the tensor is closed");
    return core;
  }

  /** Gives the tensor up; buffers over its elements stay valid. Closing twice does nothing. */
  @Override
  public void close() {
    if (GONE.compareAndSet(this, 0, 1)) core.unshare();
  }

  /**
   * Makes a tensor of zeros that may be written.
   *
   * @param dtype any
   * @param shape sizes
   * @return a new tensor
   */
  public static Tensor zeros(DType dtype, long... shape) {
    long[] out = new long[1];
    check(Native.wp_tensor_create(out, dtype.number, shape, shape.length));
    return allocated(out[0]);
  }

  /**
   * Makes a tensor over memory of a direct buffer, from its position to its limit, without a copy. The tensor keeps the buffer
   * reachable; what is written to the one is seen in the other.
   *
   * @param dtype element type of what the buffer holds, in this machine's byte order
   * @param memory a direct buffer; one that is read-only makes a tensor that cannot be written
   * @param shape sizes, that need no more bytes than there are
   * @return a new tensor
   */
  public static Tensor wrap(DType dtype, ByteBuffer memory, long... shape) {
    if (!memory.isDirect()) throw new WeightportException(Code.INVALID_ARGUMENT, "", "the buffer is not a direct one");
    long[] out = new long[1];
    check(Native.wpb_tensor_wrap(out, dtype.number, shape, shape.length, Native.wpb_address(memory) + memory.position(),
        memory.remaining(), memory.isReadOnly(), Channels.keep(memory)));
    return take(out[0]);
  }

  /**
   * Copies numbers.
   *
   * @param data as many as the shape says
   * @param shape none: one dimension; for no dimension there is scalar()
   * @return a float32 tensor
   */
  public static Tensor of(float[] data, long... shape) {
    long[] sizes = sizes(data.length, shape);
    return Copies.in(DType.FLOAT32, data.length, sizes, (chunk, i, n) -> chunk.asFloatBuffer().put(data, i, n));
  }

  /**
   * Copies numbers.
   *
   * @param data as many as the shape says
   * @param shape none: one dimension; for no dimension there is scalar()
   * @return a float64 tensor
   */
  public static Tensor of(double[] data, long... shape) {
    long[] sizes = sizes(data.length, shape);
    return Copies.in(DType.FLOAT64, data.length, sizes, (chunk, i, n) -> chunk.asDoubleBuffer().put(data, i, n));
  }

  /**
   * Copies numbers.
   *
   * @param data as many as the shape says
   * @param shape none: one dimension; for no dimension there is scalar()
   * @return an int64 tensor
   */
  public static Tensor of(long[] data, long... shape) {
    long[] sizes = sizes(data.length, shape);
    return Copies.in(DType.INT64, data.length, sizes, (chunk, i, n) -> chunk.asLongBuffer().put(data, i, n));
  }

  /**
   * Copies numbers.
   *
   * @param data as many as the shape says
   * @param shape none: one dimension; for no dimension there is scalar()
   * @return an int32 tensor
   */
  public static Tensor of(int[] data, long... shape) {
    long[] sizes = sizes(data.length, shape);
    return Copies.in(DType.INT32, data.length, sizes, (chunk, i, n) -> chunk.asIntBuffer().put(data, i, n));
  }

  /**
   * Copies bytes.
   *
   * @param data as many as the shape says
   * @param shape none: one dimension; for no dimension there is scalar()
   * @return a uint8 tensor
   */
  public static Tensor of(byte[] data, long... shape) {
    return Copies.in(DType.UINT8, data.length, sizes(data.length, shape), (chunk, i, n) -> chunk.put(data, i, n));
  }

  /**
   * Copies truth values.
   *
   * @param data as many as the shape says
   * @param shape none: one dimension; for no dimension there is scalar()
   * @return a bool tensor
   */
  public static Tensor of(boolean[] data, long... shape) {
    return Copies.in(DType.BOOL, data.length, sizes(data.length, shape), (chunk, from, n) -> {
      for (int i = from; i < from + n; i++) chunk.put((byte) (data[i] ? 1 : 0));
    });
  }

  private static long[] sizes(int length, long[] shape) {
    return shape.length == 0 ? new long[] {length} : shape;
  }

  /**
   * A number without dimensions: torch.tensor(number).
   *
   * @param number its only element
   * @return a float32 tensor of shape []
   */
  public static Tensor scalar(float number) {
    return Copies.in(DType.FLOAT32, 1, NO_SIZES, (chunk, i, n) -> chunk.putFloat(number));
  }

  /**
   * A number without dimensions: torch.tensor(number).
   *
   * @param number its only element
   * @return a float64 tensor of shape []
   */
  public static Tensor scalar(double number) {
    return Copies.in(DType.FLOAT64, 1, NO_SIZES, (chunk, i, n) -> chunk.putDouble(number));
  }

  /**
   * A number without dimensions: torch.tensor(number).
   *
   * @param number its only element
   * @return a int64 tensor of shape []
   */
  public static Tensor scalar(long number) {
    return Copies.in(DType.INT64, 1, NO_SIZES, (chunk, i, n) -> chunk.putLong(number));
  }

  /**
   * A number without dimensions: torch.tensor(number).
   *
   * @param number its only element
   * @return a int32 tensor of shape []
   */
  public static Tensor scalar(int number) {
    return Copies.in(DType.INT32, 1, NO_SIZES, (chunk, i, n) -> chunk.putInt(number));
  }

  /**
   * A truth value without dimensions: torch.tensor(number).
   *
   * @param number its only element
   * @return a bool tensor of shape []
   */
  public static Tensor scalar(boolean number) {
    return Copies.in(DType.BOOL, 1, NO_SIZES, (chunk, i, n) -> chunk.put((byte) (number ? 1 : 0)));
  }

  /** Element type; UNDEFINED for one that is newer than this class. */
  public DType dtype() {
    return core.dtype;
  }

  /** Number of dimensions; 0 for a scalar. */
  public int dim() {
    return core.shape.length;
  }

  /**
   * Size of one dimension.
   *
   * @param dim 0 to dim() - 1
   * @return 0 or more
   */
  public long size(int dim) {
    return core.shape[dim];
  }

  /** All sizes; a copy. */
  public long[] shape() {
    return core.shape.clone();
  }

  /** Strides in elements; a copy; null for a sparse tensor. */
  public long[] strides() {
    return core.strides == null ? null : core.strides.clone();
  }

  /** Number of elements; the product of the shape. */
  public long numel() {
    return core.numel;
  }

  /** Bytes of the elements when contiguous; numel() times the size of one. */
  public long nbytes() {
    return core.nbytes;
  }

  /** Elements from the start of the storage to the first one; 0 or more. */
  public long storageOffset() {
    return core.storageOffset;
  }

  /** Equal for two open tensors exactly if they share a storage; 0 if it has none (meta, sparse). */
  public long storageId() {
    return core.storageId;
  }

  /** Bytes of the whole storage; 0 if it has none. */
  public long storageNbytes() {
    return core.storageNbytes;
  }

  /** How the elements are laid out; strided or one of the sparse layouts. */
  public Layout layout() {
    return core.layout;
  }

  /** Whether it was saved with requires_grad. */
  public boolean requiresGrad() {
    return core.has(Native.WPB_REQUIRES_GRAD);
  }

  /** Whether it was saved as torch.nn.Parameter. */
  public boolean isParameter() {
    return core.has(Native.WPB_PARAMETER);
  }

  /** Whether the elements lie in row-major order without gaps. */
  public boolean isContiguous() {
    return core.has(Native.WPB_CONTIGUOUS);
  }

  /** Whether the stored complex numbers stand for their conjugates. */
  public boolean isConj() {
    return core.has(Native.WPB_CONJ);
  }

  /** Whether the stored numbers stand for their negatives. */
  public boolean isNeg() {
    return core.has(Native.WPB_NEG);
  }

  /** Device it is on or was saved from; "cpu", "cuda:0", "meta". */
  public String device() {
    return open().handle.get(address -> Utf8.at(Native.wp_tensor_device(address)));
  }

  /** How its integers stand for real numbers; null for an ordinary tensor. */
  public Quantizer quantizer() {
    return open().handle.get(address -> {
      QScheme scheme = QScheme.of(Native.wp_tensor_qscheme(address));
      if (scheme == QScheme.NONE) return null;
      return new Quantizer(scheme, Native.wp_tensor_q_scale(address), Native.wp_tensor_q_zero_point(address),
          Native.wp_tensor_q_per_channel_axis(address));
    });
  }

  /**
   * A part of a sparse or per-channel quantized tensor.
   *
   * @param part which
   * @return null if it has no such part
   */
  public Tensor part(Part part) {
    return open().handle.get(address -> {
      long found = Native.wp_tensor_get_part(address, part.number);
      return found == 0 ? null : take(Native.wp_tensor_retain(found));
    });
  }

  /** A copy in memory that may be written, row by row; a new tensor. */
  public Tensor contiguous() {
    return open().copy(Native::wp_tensor_contiguous);
  }

  /**
   * A contiguous copy in another dtype, as Tensor.to() converts.
   *
   * @param dtype wanted
   * @return a new tensor
   */
  public Tensor to(DType dtype) {
    return open().copy((out, address) -> Native.wp_tensor_to(out, address, dtype.number));
  }

  /**
   * Another view of the same storage: torch.as_strided.
   *
   * @param offset in elements from the start of the storage
   * @param shape sizes
   * @param strides in elements; null: contiguous
   * @return a new tensor
   */
  public Tensor view(long offset, long[] shape, long[] strides) {
    if (strides != null && strides.length != shape.length) {
      throw new WeightportException(Code.INVALID_ARGUMENT, "", shape.length + " sizes and " + strides.length + " strides");
    }
    return open().view((out, address) -> Native.wp_tensor_view(out, address, offset, shape, strides, shape.length));
  }

  /** The number in a tensor of one element; as a double. */
  public double item() {
    double[] out = new double[1];
    open().handle.run(address -> Native.wp_tensor_item(out, address));
    return out[0];
  }

  /** The bytes of all elements; read-only, in this machine's byte order; LIMIT if they are 2 GiB or more. */
  public ByteBuffer bytes() {
    return seenAs(core.dtype).row().duplicate().order(ByteOrder.nativeOrder());
  }

  /**
   * The bytes of some elements.
   *
   * @param from first element
   * @param count of elements
   * @return as bytes()
   */
  public ByteBuffer bytes(long from, int count) {
    return window(from, count, core.dtype);
  }

  /** The bytes of all elements, however many; buffers of at most 1 GiB, as bytes(), in order. */
  public List<ByteBuffer> chunks() {
    seenAs(core.dtype);
    List<ByteBuffer> chunks = new ArrayList<>();
    Copies.each(core, (offset, size) -> chunks.add(core.window(offset, size)));
    return chunks;
  }

  /**
   * The bytes of some elements, to be written. UNSUPPORTED for memory that is read-only, a mapped file say: use contiguous()
   * first, or privateBytes(), or open with {@link Memory#READ}.
   *
   * @param from first element
   * @param count of elements
   * @return in this machine's byte order
   */
  public ByteBuffer mutableBytes(long from, int count) {
    return mutable(Native::wp_tensor_mutable_data, from, count);
  }

  /** All bytes, to be written, as mutableBytes(long, int); in this machine's byte order. */
  public ByteBuffer mutableBytes() {
    return mutableBytes(0, Copies.length(core.numel, "elements"));
  }

  /**
   * The bytes of some elements, to be written in private: as mutableBytes(long, int), and where they are a mapped file, its
   * pages are copied when they are first written. The file never changes, every tensor of the same storage sees what was
   * written, and saving writes it. Errors: IO and the like of the first reading; UNSUPPORTED for other memory that is
   * read-only, a wrapped read-only buffer say; OUT_OF_MEMORY. Threads: any may call this, but whoever writes must be alone with
   * the tensors of the storage.
   *
   * @param from first element
   * @param count of elements
   * @return in this machine's byte order; it keeps the memory alive, as other buffers do
   */
  public ByteBuffer privateBytes(long from, int count) {
    return mutable(Native::wp_tensor_private_data, from, count);
  }

  /** All bytes, to be written in private, as privateBytes(long, int); in this machine's byte order. */
  public ByteBuffer privateBytes() {
    return privateBytes(0, Copies.length(core.numel, "elements"));
  }

  private ByteBuffer mutable(Handle.Out data, long from, int count) {
    seenAs(core.dtype);
    return core.mutable(data, start(from, count), Copies.length((long) count * core.itemSize, "bytes"));
  }

  /** The elements of a float32 tensor; complex64 as pairs; read-only; LIMIT if they are 2 GiB or more. */
  public FloatBuffer floats() {
    return seenAs(DType.FLOAT32, DType.COMPLEX64).row().asFloatBuffer();
  }

  /**
   * As floats(), of some elements.
   *
   * @param from first element
   * @param count of elements
   * @return read-only
   */
  public FloatBuffer floats(long from, int count) {
    return window(from, count, DType.FLOAT32, DType.COMPLEX64).asFloatBuffer();
  }

  /** The elements of a float64 tensor; complex128 as pairs; read-only; LIMIT if they are 2 GiB or more. */
  public DoubleBuffer doubles() {
    return seenAs(DType.FLOAT64, DType.COMPLEX128).row().asDoubleBuffer();
  }

  /**
   * As doubles(), of some elements.
   *
   * @param from first element
   * @param count of elements
   * @return read-only
   */
  public DoubleBuffer doubles(long from, int count) {
    return window(from, count, DType.FLOAT64, DType.COMPLEX128).asDoubleBuffer();
  }

  /** The elements of an int64 or uint64 tensor; read-only; LIMIT if they are 2 GiB or more. */
  public LongBuffer longs() {
    return seenAs(DType.INT64, DType.UINT64).row().asLongBuffer();
  }

  /**
   * As longs(), of some elements.
   *
   * @param from first element
   * @param count of elements
   * @return read-only
   */
  public LongBuffer longs(long from, int count) {
    return window(from, count, DType.INT64, DType.UINT64).asLongBuffer();
  }

  /** The elements of an int32 or uint32 tensor; read-only; LIMIT if they are 2 GiB or more. */
  public IntBuffer ints() {
    return seenAs(DType.INT32, DType.UINT32).row().asIntBuffer();
  }

  /**
   * As ints(), of some elements.
   *
   * @param from first element
   * @param count of elements
   * @return read-only
   */
  public IntBuffer ints(long from, int count) {
    return window(from, count, DType.INT32, DType.UINT32).asIntBuffer();
  }

  /** The elements of an int16 or uint16 tensor, or the bits of float16 or bfloat16; read-only. */
  public ShortBuffer shorts() {
    return seenAs(DType.INT16, DType.UINT16, DType.FLOAT16, DType.BFLOAT16).row().asShortBuffer();
  }

  /**
   * As shorts(), of some elements.
   *
   * @param from first element
   * @param count of elements
   * @return read-only
   */
  public ShortBuffer shorts(long from, int count) {
    return window(from, count, DType.INT16, DType.UINT16, DType.FLOAT16, DType.BFLOAT16).asShortBuffer();
  }

  /** The elements as float32; a copy. */
  public float[] toFloats() {
    float[] data = new float[Copies.length(core.numel, "elements")];
    Copies.out(open(), DType.FLOAT32, data, data.length * 4L);
    return data;
  }

  /** The elements as float64; a copy. */
  public double[] toDoubles() {
    double[] data = new double[Copies.length(core.numel, "elements")];
    Copies.out(open(), DType.FLOAT64, data, data.length * 8L);
    return data;
  }

  /** The elements as int64; a copy. */
  public long[] toLongs() {
    long[] data = new long[Copies.length(core.numel, "elements")];
    Copies.out(open(), DType.INT64, data, data.length * 8L);
    return data;
  }

  /** The elements as int32; a copy. */
  public int[] toInts() {
    int[] data = new int[Copies.length(core.numel, "elements")];
    Copies.out(open(), DType.INT32, data, data.length * 4L);
    return data;
  }

  /** The bytes of the elements in their own dtype, row by row, in this machine's byte order; a copy. */
  public byte[] toBytes() {
    byte[] data = new byte[Copies.length(core.nbytes, "bytes")];
    Copies.out(open(), core.dtype, data, data.length);
    return data;
  }

  /** The core, if its elements can be seen as a row of one of these dtypes. */
  private TensorCore seenAs(DType... dtypes) {
    for (DType dtype : dtypes) {
      if (dtype != core.dtype) continue;
      if (isContiguous()) return open();
      throw new WeightportException(Code.MISMATCH, "", "the tensor is not contiguous");
    }
    throw new WeightportException(Code.MISMATCH, "", "the tensor is " + core.dtype + ", not " + dtypes[0]);
  }

  private ByteBuffer window(long from, int count, DType... dtypes) {
    seenAs(dtypes);
    return core.window(start(from, count), Copies.length((long) count * core.itemSize, "bytes"));
  }

  /** Byte offset of some elements in the row. */
  private long start(long from, int count) {
    if (from < 0 || count < 0 || from > core.numel - count) {
      throw new WeightportException(Code.INVALID_ARGUMENT, "", count + " elements from " + from + " of " + core.numel);
    }
    if (core.nbytes != core.numel * core.itemSize) {
      throw new WeightportException(Code.UNSUPPORTED, "", "elements of " + core.dtype + " share bytes: see toBytes()");
    }
    return from * core.itemSize;
  }

  @Override
  public String toString() {
    return "Tensor(" + core.dtype + " " + Arrays.toString(core.shape) + ")";
  }
}
