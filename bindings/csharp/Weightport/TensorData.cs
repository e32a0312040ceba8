// SPDX-License-Identifier: MIT
using System;
using System.Buffers;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Weightport.Internal;

namespace Weightport
{
  /// <content>
  /// The elements. Views are the memory itself, a mapped file mostly; a tensor must be contiguous and of T's dtype for them, else
  /// the error is <see cref="ErrorCode.Mismatch"/>. Float16 is Half where .NET has it. A span or memory holds up to int.MaxValue
  /// elements: of a larger tensor, ask for parts.
  /// </content>
  public sealed partial class Tensor
  {
    /// <summary>The elements. A span keeps nothing alive: it is valid until Dispose of this tensor, and while the tensor can be
    /// reached. `using` the tensor sees to both; so does <see cref="AsMemory{T}()"/>, which keeps the tensor.</summary>
    public ReadOnlySpan<T> AsSpan<T>() where T : struct => AsSpan<T>(0, -1);

    /// <summary>`length` elements from `start`; a negative length is all that follow.</summary>
    public ReadOnlySpan<T> AsSpan<T>(long start, int length) where T : struct
    {
      TensorHandle tensor = Handle;
      int count = Part<T>(start, length);
      return SpanOf<T>(tensor.Data(), start, count);
    }

    /// <summary>The elements of a contiguous tensor of any dtype as bytes of this machine. Otherwise as
    /// <see cref="AsSpan{T}()"/>.</summary>
    public unsafe ReadOnlySpan<byte> AsBytes()
    {
      TensorHandle tensor = Handle;
      CheckRow();
      return new ReadOnlySpan<byte>((void*)tensor.Data(), Length(tensor.NBytes));
    }

    /// <summary>The elements to be written. Memory that is read-only, a mapped file say, is
    /// <see cref="ErrorCode.Unsupported"/>: use <see cref="Contiguous"/> or <see cref="PrivateSpan{T}"/>, or open with
    /// <see cref="MemoryMode.Read"/>. Otherwise as <see cref="AsSpan{T}()"/>.</summary>
    public Span<T> MutableSpan<T>() where T : struct => SpanOf<T>(MutableData(), 0, Part<T>(0, -1));

    /// <summary>The elements to be written in private: a mapped file becomes copy-on-write, and never changes; every tensor of
    /// the same storage sees what was written. Otherwise as <see cref="AsSpan{T}()"/>.</summary>
    public Span<T> PrivateSpan<T>() where T : struct
    {
      int count = Part<T>(0, -1);
      using (var tensor = new Borrow(Handle))
      {
        IntPtr data;
        Failure.Check(NativePINVOKE.wp_tensor_private_data(out data, tensor.Address));
        return SpanOf<T>(data, 0, count);
      }
    }

    /// <summary>The elements, in memory that keeps the tensor alive by itself, also past its Dispose.</summary>
    public ReadOnlyMemory<T> AsMemory<T>() where T : struct => AsMemory<T>(0, -1);

    /// <summary>`length` elements from `start`; a negative length is all that follow.</summary>
    public ReadOnlyMemory<T> AsMemory<T>(long start, int length) where T : struct
    {
      int count = Part<T>(start, length);
      return new TensorMemory<T>(Handle, Handle.Data(), start, count).Memory;
    }

    /// <summary>As <see cref="AsMemory{T}()"/>, to be written: see <see cref="MutableSpan{T}"/>.</summary>
    public Memory<T> MutableMemory<T>() where T : struct
    {
      int count = Part<T>(0, -1);
      return new TensorMemory<T>(Handle, MutableData(), 0, count).Memory;
    }

    /// <summary>All elements in pieces of at most `length`, whatever their number.</summary>
    public IEnumerable<ReadOnlyMemory<T>> Chunks<T>(int length = 1 << 28) where T : struct
    {
      if (length <= 0) throw new ArgumentOutOfRangeException(nameof(length));
      for (long start = 0; start < Numel; start += length)
      {
        yield return AsMemory<T>(start, (int)Math.Min(length, Numel - start));
      }
    }

    /// <summary>A copy of the elements in row-major order, converted to T as Tensor.to() does.</summary>
    public T[] ToArray<T>() where T : struct
    {
      var elements = new T[Length(Handle.Numel)];
      CopyTo<T>(elements);
      return elements;
    }

    /// <summary>As <see cref="ToArray{T}"/>, into memory of the caller's of exactly as many elements.</summary>
    public unsafe void CopyTo<T>(Span<T> elements) where T : struct
    {
      DType dtype = Supported<T>();
      CheckCount(handle.Numel, elements.Length);
      Span<byte> bytes = MemoryMarshal.AsBytes(elements);
      using (var tensor = new Borrow(Handle))
      fixed (byte* buffer = bytes)
      {
        Failure.Check(NativePINVOKE.wp_tensor_read(tensor.Address, buffer, (UIntPtr)bytes.Length, (int)dtype));
      }
    }

    static DType Supported<T>() where T : struct
    {
      DType dtype = Element<T>.DType;
      if (dtype != DType.Undefined) return dtype;
      throw new WeightportException(ErrorCode.Unsupported, "no dtype has elements of the type " + typeof(T));
    }

    static int Length(long count)
    {
      if (count <= int.MaxValue) return (int)count;
      throw new WeightportException(ErrorCode.Limit, count + " elements or bytes are more than a span or array holds: ask for parts");
    }

    /// <summary>Checks that elements can be seen as T, and gives how many.</summary>
    int Part<T>(long start, int length) where T : struct
    {
      if (handle.DType != Element<T>.DType || typeof(T) == typeof(bool))
      {
        throw new WeightportException(ErrorCode.Mismatch, "elements of " + DType.Name() + " cannot be seen as " + typeof(T));
      }
      CheckRow();
      if (start < 0 || start > handle.Numel) throw new ArgumentOutOfRangeException(nameof(start));
      if (length < 0) return Length(handle.Numel - start);
      if (length > handle.Numel - start) throw new ArgumentOutOfRangeException(nameof(length));
      return length;
    }

    // Of a sparse tensor C says that there are no elements to see.
    void CheckRow()
    {
      if (IsContiguous || Layout != Layout.Strided) return;
      throw new WeightportException(ErrorCode.Mismatch, "the tensor is not contiguous");
    }

    unsafe Span<T> SpanOf<T>(IntPtr data, long start, int count) where T : struct =>
      new Span<T>((byte*)data + start * handle.ItemSize, count);

    IntPtr MutableData()
    {
      using (var tensor = new Borrow(Handle))
      {
        IntPtr data;
        Failure.Check(NativePINVOKE.wp_tensor_mutable_data(out data, tensor.Address));
        return data;
      }
    }
  }
}

namespace Weightport.Internal
{
  /// <summary>Memory that is one user of a tensor, until the collector finds that nobody reaches it.</summary>
  internal sealed unsafe class TensorMemory<T> : MemoryManager<T> where T : struct
  {
    readonly TensorHandle tensor;
    readonly byte* address;
    readonly int length;

    internal TensorMemory(TensorHandle tensor, IntPtr data, long start, int length)
    {
      if (!tensor.TryShare()) throw new ObjectDisposedException(nameof(Tensor));
      this.tensor = tensor;
      this.length = length;
      address = (byte*)data + start * tensor.ItemSize;
    }

    public override Span<T> GetSpan() => new Span<T>(address, length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
      if (elementIndex < 0 || elementIndex > length) throw new ArgumentOutOfRangeException(nameof(elementIndex));
      return new MemoryHandle(address + (long)elementIndex * tensor.ItemSize, default(GCHandle), this);
    }

    public override void Unpin() { }

    /// <summary>Nobody can reach this: a Memory has no Dispose.</summary>
    protected override void Dispose(bool disposing) { }
  }
}
