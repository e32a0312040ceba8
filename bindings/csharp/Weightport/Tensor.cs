// SPDX-License-Identifier: MIT
using System;
using System.Threading;
using Weightport.Internal;

namespace Weightport
{
  /// <summary>
  /// A view of a storage: dtype, shape, strides and offset, counted in elements. It keeps the storage, and the mapped file
  /// behind it, alive. Any thread may read it; whoever writes its elements must be alone.
  /// </summary>
  /// <remarks>Dispose gives it up at once; without it, the collector does. Metadata can be read after Dispose too.</remarks>
  public sealed partial class Tensor : IDisposable
  {
    readonly TensorHandle handle;
    int disposed;

    /// <summary>Takes one use of the handle.</summary>
    internal Tensor(TensorHandle handle) { this.handle = handle; }

    /// <summary>Takes a new reference of C's.</summary>
    internal Tensor(IntPtr address) : this(new TensorHandle(address)) { }

    /// <summary>As the constructor, of a tensor that memory was allocated for.</summary>
    internal static Tensor Allocated(IntPtr address) => new Tensor(new TensorHandle(address, true));

    /// <summary>An ObjectDisposedException after Dispose.</summary>
    internal TensorHandle Handle
    {
      get
      {
        if (Volatile.Read(ref disposed) != 0) throw new ObjectDisposedException(nameof(Tensor));
        return handle;
      }
    }

    /// <summary>A tensor of zeros that may be written.</summary>
    public static unsafe Tensor Zeros(DType dtype, params long[] shape)
    {
      if (shape == null) throw new ArgumentNullException(nameof(shape));
      fixed (long* sizes = shape)
      {
        IntPtr address;
        Failure.Check(NativePINVOKE.wp_tensor_create(out address, (int)dtype, sizes, (UIntPtr)shape.Length));
        return Allocated(address);
      }
    }

    /// <summary>A copy of elements that may be written, in one dimension. Errors: <see cref="ErrorCode.Unsupported"/> (no dtype has
    /// elements of the type).</summary>
    public static Tensor From<T>(ReadOnlySpan<T> elements) where T : struct => From(elements, new long[] { elements.Length });

    /// <summary>A copy of elements that may be written. An empty shape, `new long[0]`, is that of a tensor of no dimensions and one
    /// element. Errors: <see cref="ErrorCode.Unsupported"/> (no dtype has elements of the type),
    /// <see cref="ErrorCode.Mismatch"/> (the shape has another number of elements).</summary>
    public static Tensor From<T>(ReadOnlySpan<T> elements, params long[] shape) where T : struct
    {
      Tensor tensor = Zeros(Supported<T>(), shape);
      try
      {
        CheckCount(tensor.Numel, elements.Length);
        elements.CopyTo(tensor.SpanOf<T>(tensor.MutableData(), 0, elements.Length));
        return tensor;
      }
      catch
      {
        tensor.Dispose();
        throw;
      }
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T})"/>
    public static Tensor From<T>(T[] elements) where T : struct =>
      From(new ReadOnlySpan<T>(elements ?? throw new ArgumentNullException(nameof(elements))));

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, long[])"/>
    public static Tensor From<T>(T[] elements, params long[] shape) where T : struct =>
      From(new ReadOnlySpan<T>(elements ?? throw new ArgumentNullException(nameof(elements))), shape);

    /// <summary>A tensor over memory of .NET's, which is pinned while a tensor needs it; nothing is copied. It has one
    /// dimension. Errors: as <see cref="From{T}(ReadOnlySpan{T})"/>.</summary>
    public static Tensor Wrap<T>(Memory<T> memory) where T : struct => Wrap(memory, new long[] { memory.Length });

    /// <summary>As the other Wrap, of any shape: see <see cref="From{T}(ReadOnlySpan{T}, long[])"/>.</summary>
    public static unsafe Tensor Wrap<T>(Memory<T> memory, params long[] shape) where T : struct
    {
      if (shape == null) throw new ArgumentNullException(nameof(shape));
      DType dtype = Supported<T>();
      long count = 1;
      foreach (long size in shape) count = checked(count * size);
      CheckCount(count, memory.Length);
      var pin = memory.Pin();
      IntPtr address, token = new PinnedMemory(pin).Token();
      fixed (long* sizes = shape)
      {
        // C calls the token's `close` also when it fails.
        Failure.Check(NativePINVOKE.wpb_tensor_wrap(out address, (int)dtype, sizes, (UIntPtr)shape.Length, (IntPtr)pin.Pointer,
          checked((ulong)memory.Length * (ulong)dtype.ItemSize()), 0, token));
      }
      return new Tensor(address);
    }

    /// <summary>Gives the tensor up; a span of it is then no longer valid. A second call does nothing.</summary>
    public void Dispose()
    {
      if (Interlocked.Exchange(ref disposed, 1) == 0) handle.Unshare();
    }

    /// <summary>Element type.</summary>
    public DType DType => handle.DType;
    /// <summary>The sizes.</summary>
    public ReadOnlySpan<long> Shape => handle.Shape;
    /// <summary>Counted in elements; empty for a sparse tensor.</summary>
    public ReadOnlySpan<long> Strides => handle.Strides;
    /// <summary>Number of dimensions; 0 for a scalar.</summary>
    public int NDim => handle.Shape.Length;
    /// <summary>Number of elements.</summary>
    public long Numel => handle.Numel;
    /// <summary>Bytes of one element.</summary>
    public int ItemSize => handle.ItemSize;
    /// <summary>Bytes of the elements when contiguous.</summary>
    public long NBytes => handle.NBytes;
    /// <summary>Elements from the start of the storage to the first element.</summary>
    public long StorageOffset => handle.StorageOffset;
    /// <summary>Equal for two living tensors exactly if they share a storage; 0 if it has none.</summary>
    public long StorageId => handle.StorageId;
    /// <summary>Bytes of the whole storage; 0 if it has none.</summary>
    public long StorageNBytes => handle.StorageNBytes;
    /// <summary>Strided, or one of the sparse layouts.</summary>
    public Layout Layout => handle.Layout;
    /// <summary>Whether it was saved with requires_grad.</summary>
    public bool RequiresGrad => (handle.Flags & Native.WPB_REQUIRES_GRAD) != 0;
    /// <summary>Whether it was saved as torch.nn.Parameter.</summary>
    public bool IsParameter => (handle.Flags & Native.WPB_PARAMETER) != 0;
    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => (handle.Flags & Native.WPB_CONTIGUOUS) != 0;
    /// <summary>Whether the stored complex numbers stand for their conjugates.</summary>
    public bool IsConj => (handle.Flags & Native.WPB_CONJ) != 0;
    /// <summary>Whether the stored numbers stand for their negatives.</summary>
    public bool IsNeg => (handle.Flags & Native.WPB_NEG) != 0;

    /// <summary>Device it is on or was saved from: "cpu", "cuda:0", "meta".</summary>
    public string Device
    {
      get { using (var tensor = new Borrow(Handle)) return Utf8.Text(NativePINVOKE.wp_tensor_device(tensor.Address)); }
    }

    /// <summary>How integers stand for real numbers; <see cref="QScheme.None"/> for an ordinary tensor.</summary>
    public QScheme QScheme
    {
      get { using (var tensor = new Borrow(Handle)) return (QScheme)NativePINVOKE.wp_tensor_qscheme(tensor.Address); }
    }

    /// <summary>Scale of a per-tensor quantized tensor.</summary>
    public double QScale
    {
      get { using (var tensor = new Borrow(Handle)) return NativePINVOKE.wp_tensor_q_scale(tensor.Address); }
    }

    /// <summary>Zero point of a per-tensor quantized tensor.</summary>
    public long QZeroPoint
    {
      get { using (var tensor = new Borrow(Handle)) return NativePINVOKE.wp_tensor_q_zero_point(tensor.Address); }
    }

    /// <summary>Dimension that the channels of a per-channel quantized tensor run over; -1 for others.</summary>
    public long QPerChannelAxis
    {
      get { using (var tensor = new Borrow(Handle)) return NativePINVOKE.wp_tensor_q_per_channel_axis(tensor.Address); }
    }

    /// <summary>A part of a sparse or per-channel quantized tensor; null if it has no such part.</summary>
    public Tensor? Part(TensorPart part)
    {
      using (var tensor = new Borrow(Handle))
      {
        IntPtr address = NativePINVOKE.wp_tensor_get_part(tensor.Address, (int)part);
        return address == IntPtr.Zero ? null : new Tensor(NativePINVOKE.wp_tensor_retain(address));
      }
    }

    /// <summary>An owned, contiguous copy that may be written.</summary>
    public Tensor Contiguous()
    {
      using (var tensor = new Borrow(Handle))
      {
        IntPtr address;
        Failure.Check(NativePINVOKE.wp_tensor_contiguous(out address, tensor.Address));
        return Allocated(address);
      }
    }

    /// <summary>As <see cref="Contiguous"/>, in another dtype by the rules of Tensor.to().</summary>
    public Tensor To(DType dtype)
    {
      using (var tensor = new Borrow(Handle))
      {
        IntPtr address;
        Failure.Check(NativePINVOKE.wp_tensor_to(out address, tensor.Address, (int)dtype));
        return Allocated(address);
      }
    }

    /// <summary>Another view of the same storage: torch.as_strided.</summary>
    /// <param name="shape">the sizes</param>
    /// <param name="strides">counted in elements; null is contiguous</param>
    /// <param name="offset">elements from the start of the storage; null is this tensor's own</param>
    // Not `long?`: see build_mono.sh.
    public unsafe Tensor AsStrided(long[] shape, long[]? strides = null, Nullable<long> offset = null)
    {
      if (shape == null) throw new ArgumentNullException(nameof(shape));
      if (strides != null && strides.Length != shape.Length) throw new ArgumentException("a stride for each size", nameof(strides));
      using (var tensor = new Borrow(Handle))
      fixed (long* sizes = shape, steps = strides)
      {
        IntPtr address;
        Failure.Check(NativePINVOKE.wp_tensor_view(out address, tensor.Address, offset ?? StorageOffset, sizes, steps, (UIntPtr)shape.Length));
        return new Tensor(address);
      }
    }

    /// <summary>The number in a tensor of one element.</summary>
    public double Item()
    {
      using (var tensor = new Borrow(Handle))
      {
        double number;
        Failure.Check(NativePINVOKE.wp_tensor_item(out number, tensor.Address));
        return number;
      }
    }

    /// <inheritdoc/>
    public override string ToString() => DType.Name() + " [" + string.Join(", ", handle.Shape) + "]";

    static void CheckCount(long numel, long count)
    {
      if (numel == count) return;
      throw new WeightportException(ErrorCode.Mismatch, count + " elements for a shape of " + numel);
    }
  }
}
