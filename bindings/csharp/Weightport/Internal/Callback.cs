// SPDX-License-Identifier: MIT
using System;
using System.Runtime.InteropServices;

namespace Weightport.Internal
{
  /// <summary>What C calls. What its methods throw must not reach C: it is kept, and C is told under which number.</summary>
  internal abstract unsafe class Callback
  {
    // C keeps pointers to these for as long as the process runs.
    static readonly ReadAtFunction readAt = OnReadAt;
    static readonly WriteFunction write = OnWrite;
    static readonly ProgressFunction progress = OnProgress;
    static readonly FinishFunction finish = OnFinish;
    static readonly EndFunction abort = OnAbort, close = OnClose;

    static Callback()
    {
      NativePINVOKE.wpb_set_callbacks(
        Marshal.GetFunctionPointerForDelegate(readAt), Marshal.GetFunctionPointerForDelegate(write),
        Marshal.GetFunctionPointerForDelegate(progress), Marshal.GetFunctionPointerForDelegate(finish),
        Marshal.GetFunctionPointerForDelegate(abort), Marshal.GetFunctionPointerForDelegate(close));
    }

    /// <summary>A token for C, which keeps this alive until <see cref="Forget"/>, or until C calls `close`.</summary>
    internal IntPtr Token() => GCHandle.ToIntPtr(GCHandle.Alloc(this));

    /// <summary>A token that keeps nothing alive: for what C calls during calls only of an object that holds this.</summary>
    internal IntPtr WeakToken() => GCHandle.ToIntPtr(GCHandle.Alloc(this, GCHandleType.Weak));

    internal static void Forget(IntPtr token) => GCHandle.FromIntPtr(token).Free();

    internal static Callback Of(IntPtr token) => (Callback)GCHandle.FromIntPtr(token).Target!;

    protected virtual void ReadAt(long offset, Span<byte> buffer) => throw new NotSupportedException();
    protected virtual void Write(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();
    protected virtual void Progress(long done, long total) => throw new NotSupportedException();
    protected virtual void Finish() { }
    protected virtual void Abort() { }
    protected virtual void Close() { }

    // A span holds less than 2 GiB.
    const long Most = 1 << 30;

    [MonoPInvokeCallback(typeof(ReadAtFunction))]
    static int OnReadAt(ulong offset, void* buffer, UIntPtr size, IntPtr token)
    {
      Callback callback = Of(token);
      try
      {
        for (long done = 0, all = (long)size; done < all; done += Most)
        {
          callback.ReadAt((long)offset + done, new Span<byte>((byte*)buffer + done, (int)Math.Min(Most, all - done)));
        }
        return 0;
      }
      catch (Exception exception)
      {
        return Causes.Keep(exception);
      }
    }

    [MonoPInvokeCallback(typeof(WriteFunction))]
    static int OnWrite(void* bytes, UIntPtr size, IntPtr token)
    {
      Callback callback = Of(token);
      try
      {
        for (long done = 0, all = (long)size; done < all; done += Most)
        {
          callback.Write(new ReadOnlySpan<byte>((byte*)bytes + done, (int)Math.Min(Most, all - done)));
        }
        return 0;
      }
      catch (Exception exception)
      {
        return Causes.Keep(exception);
      }
    }

    [MonoPInvokeCallback(typeof(ProgressFunction))]
    static int OnProgress(ulong done, ulong total, IntPtr token)
    {
      Callback callback = Of(token);
      try
      {
        callback.Progress((long)done, (long)total);
        return 0;
      }
      catch (Exception exception)
      {
        return Causes.Keep(exception);
      }
    }

    [MonoPInvokeCallback(typeof(FinishFunction))]
    static int OnFinish(IntPtr token)
    {
      Callback callback = Of(token);
      try
      {
        callback.Finish();
        return 0;
      }
      catch (Exception exception)
      {
        return Causes.Keep(exception);
      }
    }

    [MonoPInvokeCallback(typeof(EndFunction))]
    static void OnAbort(IntPtr token)
    {
      Callback callback = Of(token);
      try
      {
        callback.Abort();
      }
      catch (Exception)
      {
        // C knows no failure of this.
      }
    }

    [MonoPInvokeCallback(typeof(EndFunction))]
    static void OnClose(IntPtr token)
    {
      Callback callback = Of(token);
      Forget(token);
      try
      {
        callback.Close();
      }
      catch (Exception)
      {
        // C knows no failure of this.
      }
    }

    delegate int ReadAtFunction(ulong offset, void* buffer, UIntPtr size, IntPtr token);
    delegate int WriteFunction(void* bytes, UIntPtr size, IntPtr token);
    delegate int ProgressFunction(ulong done, ulong total, IntPtr token);
    delegate int FinishFunction(IntPtr token);
    delegate void EndFunction(IntPtr token);
  }

  /// <summary>Mono's compilers of native code look for this by its name: C calls the method.</summary>
  [AttributeUsage(AttributeTargets.Method)]
  internal sealed class MonoPInvokeCallbackAttribute : Attribute
  {
    internal MonoPInvokeCallbackAttribute(Type type) { Type = type; }
    internal Type Type { get; }
  }
}
