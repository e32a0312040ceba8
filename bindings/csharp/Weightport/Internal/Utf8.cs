// SPDX-License-Identifier: MIT
using System;
using System.Text;

namespace Weightport.Internal
{
  /// <summary>Text of .NET to UTF-8 and back. Half a character, which Python and .NET allow and UTF-8 does not, stands as its
  /// three bytes, as it does in C.</summary>
  internal static unsafe class Utf8
  {
    static readonly Encoding Strict = new UTF8Encoding(false, true);

    /// <summary>With a NUL at the end; a NUL inside is refused, since C would take it for the end.</summary>
    internal static byte[] Terminated(string text)
    {
      if (text == null) throw new ArgumentNullException(nameof(text));
      if (text.IndexOf('\0') >= 0)
      {
        throw new WeightportException(ErrorCode.InvalidArgument, "a NUL inside the text \"" + text.Replace("\0", "\\0") + "\"", null,
          -1, text, null);
      }
      return Bytes(text);
    }

    internal static byte[]? TerminatedOrNull(string? text) => text == null ? null : Terminated(text);

    /// <summary>With a NUL at the end, which does not count.</summary>
    internal static byte[] Bytes(string text)
    {
      if (text == null) throw new ArgumentNullException(nameof(text));
      try
      {
        var bytes = new byte[Strict.GetByteCount(text) + 1];
        Strict.GetBytes(text, 0, text.Length, bytes, 0);
        return bytes;
      }
      catch (EncoderFallbackException)
      {
        return WithHalves(text);
      }
    }

    internal static UIntPtr Size(byte[] terminated) => (UIntPtr)(terminated.Length - 1);

    static byte[] WithHalves(string text)
    {
      var bytes = new byte[text.Length * 3 + 1];
      int size = 0;
      for (int i = 0; i < text.Length; i++)
      {
        if (!char.IsSurrogate(text[i]) || i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
        {
          int length = char.IsSurrogate(text[i]) ? 2 : 1;
          size += Strict.GetBytes(text, i, length, bytes, size);
          i += length - 1;
          continue;
        }
        bytes[size++] = (byte)(0xe0 | text[i] >> 12);
        bytes[size++] = (byte)(0x80 | text[i] >> 6 & 0x3f);
        bytes[size++] = (byte)(0x80 | text[i] & 0x3f);
      }
      Array.Resize(ref bytes, size + 1);
      return bytes;
    }

    /// <summary>"" for NULL.</summary>
    internal static string Text(IntPtr terminated)
    {
      byte* bytes = (byte*)terminated;
      long size = 0;
      while (bytes != null && bytes[size] != 0) size++;
      return Text(terminated, size);
    }

    internal static string? TextOrNull(IntPtr terminated)
    {
      string text = Text(terminated);
      return text.Length == 0 ? null : text;
    }

    internal static string Text(IntPtr utf8, long size)
    {
      if (size == 0) return "";
      byte* bytes = (byte*)utf8;
      try
      {
        return Strict.GetString(bytes, checked((int)size));
      }
      catch (DecoderFallbackException)
      {
        return WithHalves(bytes, (int)size);
      }
    }

    static string WithHalves(byte* bytes, int size)
    {
      var text = new StringBuilder();
      int start = 0;
      for (int i = 0; i + 2 < size; i++)
      {
        if (bytes[i] != 0xed || bytes[i + 1] < 0xa0) continue;
        text.Append(Encoding.UTF8.GetString(bytes + start, i - start));
        text.Append((char)(0xd000 | (bytes[i + 1] & 0x3f) << 6 | bytes[i + 2] & 0x3f));
        start = i + 3;
        i += 2;
      }
      return text.Append(Encoding.UTF8.GetString(bytes + start, size - start)).ToString();
    }
  }
}
