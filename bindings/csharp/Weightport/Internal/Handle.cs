// SPDX-License-Identifier: MIT
using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Weightport.Internal
{
  /// <summary>A reference to an object of C's that is given up once: by Dispose, or else by the collector, and not before the
  /// last call that uses it has returned.</summary>
  internal abstract class Handle : SafeHandle
  {
    static long live;

    volatile bool disposed;

    /// <summary>References that are held in C.</summary>
    internal static long Live => Interlocked.Read(ref live);

    protected Handle(IntPtr address) : base(IntPtr.Zero, true)
    {
      SetHandle(address);
      Interlocked.Increment(ref live);
    }

    /// <summary>The public class whose object it is.</summary>
    internal abstract string Owner { get; }

    public override bool IsInvalid => handle == IntPtr.Zero;

    // SafeHandle by itself lets calls begin until those in progress have ended.
    protected sealed override void Dispose(bool disposing)
    {
      disposed = true;
      base.Dispose(disposing);
    }

    /// <summary>Begins a call; DangerousRelease ends it.</summary>
    internal void Enter()
    {
      if (disposed) throw new ObjectDisposedException(Owner);
      bool added = false;
      DangerousAddRef(ref added);
    }

    protected sealed override bool ReleaseHandle()
    {
      Release(handle);
      Interlocked.Decrement(ref live);
      return true;
    }

    protected abstract void Release(IntPtr address);
  }

  /// <summary>The address of a handle for one call, during which it is not given up. A handle that was disposed of is an
  /// ObjectDisposedException.</summary>
  internal readonly struct Borrow : IDisposable
  {
    readonly Handle handle;
    internal readonly IntPtr Address;

    internal Borrow(Handle handle)
    {
      handle.Enter();
      this.handle = handle;
      Address = handle.DangerousGetHandle();
    }

    public void Dispose() => handle.DangerousRelease();
  }

  internal sealed class CheckpointHandle : Handle
  {
    internal CheckpointHandle(IntPtr address) : base(address) { }
    internal override string Owner => nameof(Checkpoint);
    protected override void Release(IntPtr address) => NativePINVOKE.wp_checkpoint_release(address);
  }

  internal sealed class StateDictHandle : Handle
  {
    internal StateDictHandle(IntPtr address) : base(address) { }
    internal override string Owner => nameof(StateDict);
    protected override void Release(IntPtr address) => NativePINVOKE.wp_state_dict_release(address);
  }

  /// <summary>A tree of values.</summary>
  internal sealed class TreeHandle : Handle
  {
    internal TreeHandle(IntPtr address) : base(address) { }
    internal override string Owner => nameof(Value);
    protected override void Release(IntPtr address) => NativePINVOKE.wp_value_release(address);
  }

  internal sealed class CancelHandle : Handle
  {
    internal CancelHandle(IntPtr address) : base(address) { }
    internal override string Owner => nameof(Operation);
    protected override void Release(IntPtr address) => NativePINVOKE.wp_cancel_release(address);
  }
}
