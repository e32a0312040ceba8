// SPDX-License-Identifier: MIT
using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Weightport.Internal
{
  /// <summary>A reference to a tensor of C's that several <see cref="Tensor"/> objects and views share, and what never changes
  /// about it. Its users are counted, so that the last Dispose gives it up; users that are never disposed of leave it to the
  /// collector.</summary>
  internal sealed unsafe class TensorHandle : Handle
  {
    internal readonly DType DType;
    internal readonly Layout Layout;
    internal readonly int ItemSize;
    internal readonly long Numel, NBytes, StorageOffset, StorageId, StorageNBytes, Flags;
    internal readonly long[] Shape, Strides;

    // Less than this counts for nothing beside what a collection costs.
    const long Heavy = 1 << 16;

    readonly long pressure;
    long users = 1;
    IntPtr data;

    /// <param name="address">a new reference</param>
    /// <param name="allocated">whether memory was allocated for it alone, of which the collector is told: else it sees no reason to
    /// run while a program leaves large tensors to it</param>
    internal TensorHandle(IntPtr address, bool allocated = false) : base(address)
    {
      long* facts = stackalloc long[Native.WPB_FACTS];
      NativePINVOKE.wpb_tensor_facts(address, facts);
      DType = (DType)facts[Native.WPB_DTYPE];
      Layout = (Layout)facts[Native.WPB_LAYOUT];
      ItemSize = (int)facts[Native.WPB_ITEMSIZE];
      Numel = facts[Native.WPB_NUMEL];
      NBytes = facts[Native.WPB_NBYTES];
      StorageOffset = facts[Native.WPB_STORAGE_OFFSET];
      StorageId = facts[Native.WPB_STORAGE_ID];
      StorageNBytes = facts[Native.WPB_STORAGE_NBYTES];
      Flags = facts[Native.WPB_FLAGS];
      int ndim = (int)facts[Native.WPB_NDIM];
      Shape = Numbers((IntPtr)facts[Native.WPB_SHAPE], ndim);
      Strides = Numbers((IntPtr)facts[Native.WPB_STRIDES], ndim);
      if (!allocated || NBytes < Heavy) return;
      pressure = NBytes;
      GC.AddMemoryPressure(pressure);
    }

    internal override string Owner => nameof(Tensor);

    protected override void Release(IntPtr address)
    {
      NativePINVOKE.wp_tensor_release(address);
      if (pressure > 0) GC.RemoveMemoryPressure(pressure);
    }

    /// <summary>One more user; false if the last one is gone.</summary>
    internal bool TryShare()
    {
      while (true)
      {
        long seen = Interlocked.Read(ref users);
        if (seen == 0) return false;
        if (Interlocked.CompareExchange(ref users, seen + 1, seen) == seen) return true;
      }
    }

    internal void Unshare()
    {
      if (Interlocked.Decrement(ref users) == 0) Dispose();
    }

    /// <summary>Address of the first element. The first call may read, inflate or byte-swap.</summary>
    internal IntPtr Data()
    {
      IntPtr known = Volatile.Read(ref data);
      if (known != IntPtr.Zero) return known;
      using (var tensor = new Borrow(this))
      {
        IntPtr found;
        Failure.Check(NativePINVOKE.wp_tensor_data(out found, tensor.Address));
        Volatile.Write(ref data, found);
        return found;
      }
    }

    static long[] Numbers(IntPtr address, int count)
    {
      if (address == IntPtr.Zero || count == 0) return Array.Empty<long>();
      var numbers = new long[count];
      Marshal.Copy(address, numbers, 0, count);
      return numbers;
    }
  }
}
