// SPDX-License-Identifier: MIT
using System;

namespace Weightport
{
  /// <summary>What went wrong, for programs. The numbers are fixed.</summary>
  public enum ErrorCode
  {
    /// <summary>The caller broke the function's contract.</summary>
    InvalidArgument = 10,
    /// <summary>No such key, path, tensor or file.</summary>
    NotFound = 20,
    /// <summary>The operating system refused to read, map or write.</summary>
    IO = 30,
    /// <summary>The file breaks its format's rules.</summary>
    Corrupt = 40,
    /// <summary>Valid, but not something this library reads or does.</summary>
    Unsupported = 50,
    /// <summary>Refused because following it could harm.</summary>
    Unsafe = 60,
    /// <summary>Larger, deeper or longer than <see cref="Limits"/> allows, or than an array or span can be.</summary>
    Limit = 70,
    /// <summary>A kind, dtype, shape or key that differs from the one asked for.</summary>
    Mismatch = 80,
    /// <summary>A CancellationToken ended it.</summary>
    Cancelled = 90,
    /// <summary>A stream, progress or closure of the caller's threw: see InnerException.</summary>
    Callback = 100,
    /// <summary>An allocation failed.</summary>
    OutOfMemory = 110,
    /// <summary>libtorch reported it.</summary>
    Torch = 120,
    /// <summary>A bug in this library: please report it.</summary>
    Internal = 130,
  }

  /// <summary>A failure: what, and where. What a stream, progress or closure of the caller's threw is its InnerException.</summary>
  public sealed class WeightportException : Exception
  {
    internal WeightportException(ErrorCode code, string message, string? file, long offset, string? key, Exception? cause)
      : base(message, cause)
    {
      Code = code;
      File = file;
      Offset = offset;
      Key = key;
    }

    internal WeightportException(ErrorCode code, string message) : this(code, message, null, -1, null, null) { }

    /// <summary>What went wrong.</summary>
    public ErrorCode Code { get; }

    /// <summary>Name of the file or source, if it concerns one.</summary>
    public string? File { get; }

    /// <summary>Byte offset in the file, or in the record of it that the message names; -1 if none.</summary>
    public long Offset { get; }

    /// <summary>State_dict key or path of the value, if it concerns one.</summary>
    public string? Key { get; }
  }
}
