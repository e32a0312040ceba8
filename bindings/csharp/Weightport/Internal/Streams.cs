// SPDX-License-Identifier: MIT
using System;
using System.Buffers;
using System.IO;
using System.Threading;

namespace Weightport.Internal
{
  /// <summary>A source that is a stream. C may read from several threads; a stream has one position.</summary>
  internal sealed class StreamSource : Callback
  {
    readonly Stream stream;
    readonly bool leaveOpen;
    long start;
    int closed;

    internal StreamSource(Stream stream, bool leaveOpen)
    {
      this.stream = stream ?? throw new ArgumentNullException(nameof(stream));
      this.leaveOpen = leaveOpen;
    }

    /// <summary>Makes its position the beginning, and gives how many bytes follow.</summary>
    internal long Seekable()
    {
      if (!stream.CanSeek) throw new ArgumentException("the stream cannot seek: copy it into a MemoryStream", nameof(stream));
      start = stream.Position;
      long size = stream.Length - start;
      // What somebody has just written into it, say.
      if (start > 0 && size <= 0)
      {
        throw new ArgumentException("nothing follows position " + start + " of the stream: set Position to where the file begins",
          nameof(stream));
      }
      return size;
    }

    /// <summary>What errors call a stream.</summary>
    internal static string NameOf(Stream stream)
    {
      var file = stream as FileStream;
      return file == null ? "stream" : file.Name;
    }

    protected override void ReadAt(long offset, Span<byte> buffer)
    {
      lock (stream)
      {
        stream.Position = start + offset;
        while (buffer.Length > 0)
        {
          int count = stream.Read(buffer);
          if (count <= 0) throw new EndOfStreamException();
          buffer = buffer.Slice(count);
        }
      }
    }

    protected override void Close() => GiveUp();

    /// <summary>Disposes of the stream, once: C closes what it was given, and whoever fails before that does it here.</summary>
    internal void GiveUp()
    {
      if (Interlocked.Exchange(ref closed, 1) == 0 && !leaveOpen) stream.Dispose();
    }
  }

  /// <summary>A source that is memory of .NET's.</summary>
  internal sealed class MemorySource : Callback
  {
    readonly ReadOnlyMemory<byte> memory;

    internal MemorySource(ReadOnlyMemory<byte> memory) { this.memory = memory; }

    protected override void ReadAt(long offset, Span<byte> buffer) => memory.Span.Slice((int)offset, buffer.Length).CopyTo(buffer);
  }

  internal sealed class StreamSink : Callback
  {
    readonly Stream stream;

    internal StreamSink(Stream stream) { this.stream = stream; }

    protected override void Write(ReadOnlySpan<byte> bytes) => stream.Write(bytes);
    protected override void Finish() => stream.Flush();
  }

  /// <summary>Memory of .NET's that a tensor stands on: pinned until C closes it.</summary>
  internal sealed class PinnedMemory : Callback
  {
    MemoryHandle pin;

    internal PinnedMemory(MemoryHandle pin) { this.pin = pin; }

    protected override void Close() => pin.Dispose();
  }
}
