// SPDX-License-Identifier: MIT
using System;
using Weightport.Internal;

namespace Weightport
{
  /// <summary>File formats.</summary>
  public enum Format
  {
    /// <summary>Saving: by the path's ending, else torch zip.</summary>
    Unknown = 0,
    /// <summary>torch.save since 1.6.</summary>
    TorchZip = 1,
    /// <summary>torch.save from 0.1.10 to 1.5.</summary>
    TorchLegacy = 2,
    /// <summary>torch.save before 0.1.10; is only read.</summary>
    TorchTar = 3,
    /// <summary>torch.jit.save, torch::save of C++; is only read.</summary>
    TorchScript = 4,
    /// <summary>One file of safetensors.</summary>
    Safetensors = 5,
    /// <summary>*.safetensors.index.json and the shards beside it.</summary>
    SafetensorsIndex = 6,
    /// <summary>*.bin.index.json and the torch zips beside it.</summary>
    TorchIndex = 7,
  }

  /// <summary>Where tensor bytes live.</summary>
  public enum MemoryMode
  {
    /// <summary>In a read-only mapping of the file; read on first touch where there is none.</summary>
    Map = 0,
    /// <summary>Read while opening, by several threads, into memory that tensors own and may write.</summary>
    Read = 1,
  }

  /// <summary>How far an operation is, in bytes of the file.</summary>
  public readonly struct Progress
  {
    /// <summary>Bytes that are done.</summary>
    public readonly long Done;

    /// <summary>Bytes in all.</summary>
    public readonly long Total;

    internal Progress(long done, long total)
    {
      Done = done;
      Total = total;
    }
  }

  /// <summary>What a file may make the library do before it is refused with <see cref="ErrorCode.Limit"/>. 0 is the default,
  /// which is safe on hostile files; a negative number is an ArgumentOutOfRangeException of the call that is given it.</summary>
  public sealed class Limits
  {
    /// <summary>Nesting of lists, dicts and objects.</summary>
    public int MaxDepth { get; set; }
    /// <summary>Number of tensors.</summary>
    public long MaxTensors { get; set; }
    /// <summary>Memory for directories, pickles and the tree of values.</summary>
    public long MaxBytes { get; set; }
    /// <summary>Pickle opcodes, and nodes visited by a walk of the tree.</summary>
    public long MaxSteps { get; set; }
    /// <summary>Bytes of one string, bytes object or array inside a pickle.</summary>
    public long MaxString { get; set; }
    /// <summary>Inflated bytes of a compressed record for each byte it has in the file.</summary>
    public long MaxInflateRatio { get; set; }
  }

  /// <summary>How to open.</summary>
  public sealed class OpenOptions
  {
    /// <summary>Where tensor bytes live.</summary>
    public MemoryMode Memory { get; set; }
    /// <summary>What errors call a stream or bytes; null is the name of a FileStream's file, "stream" and "memory".</summary>
    public string? Name { get; set; }
    /// <summary>For <see cref="MemoryMode.Read"/>; 0 is one for each processor, at most 8.</summary>
    public int Threads { get; set; }
    /// <summary>Check the CRC-32 of every record that has one: reads the whole file.</summary>
    public bool VerifyChecksums { get; set; }
    /// <summary>What the file may do.</summary>
    public Limits Limits { get; set; } = new Limits();

    internal static IntPtr Create(OpenOptions? options, Operation operation)
    {
      options = options ?? new OpenOptions();
      Limits limits = options.Limits ?? throw new ArgumentNullException(nameof(Limits));
      ulong threads = Count.Of(options.Threads, nameof(Threads)), depth = Count.Of(limits.MaxDepth, nameof(limits.MaxDepth)),
        tensors = Count.Of(limits.MaxTensors, nameof(limits.MaxTensors)), bytes = Count.Of(limits.MaxBytes, nameof(limits.MaxBytes)),
        steps = Count.Of(limits.MaxSteps, nameof(limits.MaxSteps)), text = Count.Of(limits.MaxString, nameof(limits.MaxString)),
        ratio = Count.Of(limits.MaxInflateRatio, nameof(limits.MaxInflateRatio));
      IntPtr address = NativePINVOKE.wpb_open_options_create((int)options.Memory, (uint)threads,
        (byte)(options.VerifyChecksums ? 1 : 0), operation.Cancel, operation.ProgressToken);
      if (address == IntPtr.Zero) throw new OutOfMemoryException();
      NativePINVOKE.wpb_open_options_set_limits(address, (uint)depth, tensors, bytes, steps, text, ratio);
      return address;
    }
  }

  /// <summary>How to save.</summary>
  public sealed class SaveOptions
  {
    /// <summary>By the path's ending if it is not set.</summary>
    public Format Format { get; set; }
    /// <summary>What errors call a stream; null is the name of a FileStream's file, or "stream".</summary>
    public string? Name { get; set; }
    /// <summary>Permission bits of a new file; 0 is 0666 less the process's umask.</summary>
    public int Mode { get; set; }
    /// <summary>Whether file and folder are on the disk before the old file is replaced.</summary>
    public bool Durable { get; set; } = true;
    /// <summary>Bytes of tensors in one shard of an index format; 0 is 5,000,000,000.</summary>
    public long MaxShardSize { get; set; }

    internal static IntPtr Create(SaveOptions? options, Operation operation)
    {
      options = options ?? new SaveOptions();
      IntPtr address = NativePINVOKE.wpb_save_options_create((int)options.Format, (uint)Count.Of(options.Mode, nameof(Mode)),
        (byte)(options.Durable ? 1 : 0), Count.Of(options.MaxShardSize, nameof(MaxShardSize)), operation.Cancel,
        operation.ProgressToken);
      if (address == IntPtr.Zero) throw new OutOfMemoryException();
      return address;
    }
  }

  /// <summary>What counts as equal: |a - b| &lt;= ATol + RTol * |b|.</summary>
  public sealed class DiffOptions
  {
    /// <summary>Relative tolerance.</summary>
    public double RTol { get; set; }
    /// <summary>Absolute tolerance.</summary>
    public double ATol { get; set; }
  }
}

namespace Weightport.Internal
{
  /// <summary>What C takes as a number without a sign, where -1 would be one that no limit reaches.</summary>
  internal static class Count
  {
    internal static ulong Of(long number, string name) =>
      number >= 0 ? (ulong)number : throw new ArgumentOutOfRangeException(name, number, "a negative number");
  }
}
