// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Weightport.Internal;

namespace Weightport
{
  /// <content>
  /// Opening, saving, checking. A CancellationToken ends an operation with an OperationCanceledException; what a stream or
  /// IProgress throws ends it with a WeightportException whose InnerException it is.
  /// </content>
  public sealed partial class Checkpoint
  {
    /// <summary>Opens a file; its format is found out. Errors: <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.IO"/>,
    /// <see cref="ErrorCode.Unsupported"/>, <see cref="ErrorCode.Corrupt"/>, <see cref="ErrorCode.Limit"/>.</summary>
    public static Checkpoint Open(string path, OpenOptions? options = null, IProgress<Progress>? progress = null,
      CancellationToken cancellationToken = default)
    {
      byte[] name = Utf8.Terminated(path);
      return Open(options, progress, cancellationToken,
        address => { IntPtr made; IntPtr error = NativePINVOKE.wp_checkpoint_open(out made, name, address); return new Opened(made, error); });
    }

    /// <summary>Opens what follows the position of a stream that can seek: set Position to 0 after writing it. The stream is read
    /// when tensors are first touched, and must not be used by others until the checkpoint and its tensors are gone; then, or at
    /// once if opening fails, it is disposed of, unless `leaveOpen`. Errors: ArgumentException (it cannot seek, or is at its end);
    /// otherwise as the other Open.</summary>
    public static Checkpoint Open(Stream stream, OpenOptions? options = null, IProgress<Progress>? progress = null,
      bool leaveOpen = false, CancellationToken cancellationToken = default)
    {
      var source = new StreamSource(stream, leaveOpen);
      try
      {
        return OpenSource(source, source.Seekable(), StreamSource.NameOf(stream), options, progress, cancellationToken);
      }
      catch
      {
        source.GiveUp();
        throw;
      }
    }

    /// <summary>Opens bytes in memory, which must not change until the checkpoint and its tensors are gone.</summary>
    public static Checkpoint Open(ReadOnlyMemory<byte> bytes, OpenOptions? options = null,
      IProgress<Progress>? progress = null, CancellationToken cancellationToken = default) =>
      OpenSource(new MemorySource(bytes), bytes.Length, "memory", options, progress, cancellationToken);

    static Checkpoint OpenSource(Callback source, long size, string name, OpenOptions? options, IProgress<Progress>? progress,
      CancellationToken cancellation)
    {
      byte[] utf8 = Utf8.Terminated(options?.Name ?? name);
      return Open(options, progress, cancellation, address =>
      {
        IntPtr made;
        IntPtr error = NativePINVOKE.wpb_open_source(out made, (ulong)size, utf8, address, source.Token());
        return new Opened(made, error);
      });
    }

    static Checkpoint Open(OpenOptions? options, IProgress<Progress>? progress, CancellationToken cancellation,
      Func<IntPtr, Opened> function)
    {
      using (var operation = new Operation(progress, cancellation))
      {
        IntPtr address = OpenOptions.Create(options, operation);
        try
        {
          Opened opened = function(address);
          operation.Check(opened.Error);
          return new Checkpoint(opened.Address);
        }
        finally
        {
          NativePINVOKE.wpb_open_options_free(address);
        }
      }
    }

    readonly struct Opened
    {
      internal readonly IntPtr Address, Error;

      internal Opened(IntPtr address, IntPtr error)
      {
        Address = address;
        Error = error;
      }
    }

    /// <summary>Saves to a file that torch.load(weights_only=True), or safetensors, reads. The old file, if there is one, is
    /// replaced in one step. Errors: <see cref="ErrorCode.IO"/>, <see cref="ErrorCode.NotFound"/> (no such folder),
    /// <see cref="ErrorCode.Unsupported"/> (the format cannot hold the tree).</summary>
    public void Save(string path, SaveOptions? options = null, IProgress<Progress>? progress = null,
      CancellationToken cancellationToken = default)
    {
      byte[] name = Utf8.Terminated(path);
      Save(options, progress, cancellationToken,
        (checkpoint, address) => NativePINVOKE.wp_checkpoint_save(checkpoint, name, address));
    }

    /// <summary>Saves to a stream, which is left open. Otherwise as the other Save.</summary>
    public void Save(Stream stream, SaveOptions? options = null, IProgress<Progress>? progress = null,
      CancellationToken cancellationToken = default)
    {
      if (stream == null) throw new ArgumentNullException(nameof(stream));
      byte[] name = Utf8.Terminated(options?.Name ?? StreamSource.NameOf(stream));
      IntPtr token = new StreamSink(stream).Token();
      try
      {
        Save(options, progress, cancellationToken,
          (checkpoint, address) => NativePINVOKE.wpb_save_sink(checkpoint, name, address, token));
      }
      finally
      {
        Callback.Forget(token);
      }
    }

    void Save(SaveOptions? options, IProgress<Progress>? progress, CancellationToken cancellation,
      Func<IntPtr, IntPtr, IntPtr> function)
    {
      using (var checkpoint = new Borrow(handle))
      using (var operation = new Operation(progress, cancellation))
      {
        IntPtr address = SaveOptions.Create(options, operation);
        try
        {
          operation.Check(function(checkpoint.Address, address));
        }
        finally
        {
          NativePINVOKE.wpb_save_options_free(address);
        }
      }
    }

    /// <summary>Opens a file and saves it as another, in the format of the other's ending or of the options.</summary>
    public static void Convert(string from, string to, SaveOptions? options = null, IProgress<Progress>? progress = null,
      CancellationToken cancellationToken = default)
    {
      using (Checkpoint checkpoint = Open(from, cancellationToken: cancellationToken))
      {
        checkpoint.Save(to, options, progress, cancellationToken);
      }
    }

    /// <summary>Checks what opening did not: every checksum, and that every tensor can be read. No findings: all is well. Any
    /// number of threads may do so while none edits the checkpoint. Errors: <see cref="ErrorCode.IO"/>,
    /// <see cref="ErrorCode.Limit"/> (too many values).</summary>
    public IReadOnlyList<Finding> Verify(Limits? limits = null, IProgress<Progress>? progress = null,
      CancellationToken cancellationToken = default)
    {
      var given = new OpenOptions { Limits = limits ?? new Limits() };
      using (var checkpoint = new Borrow(handle))
      using (var operation = new Operation(progress, cancellationToken))
      {
        IntPtr options = OpenOptions.Create(given, operation), report;
        try
        {
          operation.Check(NativePINVOKE.wp_checkpoint_verify(out report, checkpoint.Address, options));
          return Finding.All(report);
        }
        finally
        {
          NativePINVOKE.wpb_open_options_free(options);
        }
      }
    }

    /// <summary>What differs between two checkpoints. No findings: they are equal.</summary>
    public IReadOnlyList<Finding> Diff(Checkpoint other, DiffOptions? options = null, IProgress<Progress>? progress = null,
      CancellationToken cancellationToken = default)
    {
      if (other == null) throw new ArgumentNullException(nameof(other));
      options = options ?? new DiffOptions();
      using (var a = new Borrow(handle))
      using (var b = new Borrow(other.handle))
      using (var operation = new Operation(progress, cancellationToken))
      {
        IntPtr report, address =
          NativePINVOKE.wpb_diff_options_create(options.RTol, options.ATol, operation.Cancel, operation.ProgressToken);
        if (address == IntPtr.Zero) throw new OutOfMemoryException();
        try
        {
          operation.Check(NativePINVOKE.wp_checkpoint_diff(out report, a.Address, b.Address, address));
          return Finding.All(report);
        }
        finally
        {
          NativePINVOKE.wpb_diff_options_free(address);
        }
      }
    }
  }
}
