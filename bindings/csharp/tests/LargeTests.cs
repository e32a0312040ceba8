// SPDX-License-Identifier: MIT
using System;
using System.IO;
using System.Text;
using Xunit;

namespace Weightport.Tests
{
  /// <summary>A tensor that is larger than any span, in a file that takes no room on the disk.</summary>
  public class LargeTests : Test
  {
    const long Bytes = 3L << 30;

    [Fact]
    public void ATensorOfThreeGigabytesIsSeenInParts()
    {
      string path = Temporary("large.safetensors");
      WriteSparse(path);
      using (Checkpoint checkpoint = Checkpoint.Open(path))
      using (StateDict weights = checkpoint.StateDict())
      using (Tensor tensor = weights["large"])
      {
        Assert.Equal(Bytes, tensor.Numel);
        Fails(ErrorCode.Limit, () => tensor.AsSpan<byte>());
        Fails(ErrorCode.Limit, () => tensor.AsBytes());
        Fails(ErrorCode.Limit, () => tensor.AsMemory<byte>());
        Fails(ErrorCode.Limit, () => tensor.ToArray<byte>());
        Assert.Equal(7, (int)tensor.AsSpan<byte>(Bytes - 1, 1)[0]);
        Assert.Equal(int.MaxValue, tensor.AsMemory<byte>(0, int.MaxValue).Length);
        long seen = 0;
        int last = 0;
        foreach (ReadOnlyMemory<byte> chunk in tensor.Chunks<byte>())
        {
          seen += chunk.Length;
          last = chunk.Span[chunk.Length - 1];
        }
        Assert.Equal(Bytes, seen);
        Assert.Equal(7, last);
      }
    }

    /// <summary>Zeros, and a 7 at the end.</summary>
    static void WriteSparse(string path)
    {
      byte[] header = Encoding.ASCII.GetBytes("{\"large\":{\"dtype\":\"U8\",\"shape\":[" + Bytes + "],\"data_offsets\":[0," + Bytes + "]}}");
      using (FileStream file = File.Create(path))
      {
        file.Write(BitConverter.GetBytes((long)header.Length), 0, 8);
        file.Write(header, 0, header.Length);
        file.Position += Bytes - 1;
        file.WriteByte(7);
      }
    }
  }
}
