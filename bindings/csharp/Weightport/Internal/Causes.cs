// SPDX-License-Identifier: MIT
using System;

namespace Weightport.Internal
{
  /// <summary>What callbacks threw, until the error that C makes of it has become an exception. The latest 64 are kept: some are
  /// never asked for, as when several threads read and all fail.</summary>
  internal static class Causes
  {
    static readonly object gate = new object();
    static readonly int[] numbers = new int[64];
    static readonly Exception?[] causes = new Exception?[numbers.Length];
    static int last;

    /// <summary>The status for C that stands for it, a positive number.</summary>
    internal static int Keep(Exception cause)
    {
      lock (gate)
      {
        last = last == int.MaxValue ? 1 : last + 1;
        numbers[last % numbers.Length] = last;
        causes[last % numbers.Length] = cause;
        return last;
      }
    }

    /// <summary>What a status of C's stands for, which is then forgotten; null if that is not known.</summary>
    internal static Exception? Take(int status)
    {
      if (status <= 0) return null;
      int place = status % numbers.Length;
      lock (gate)
      {
        Exception? cause = numbers[place] == status ? causes[place] : null;
        if (cause != null) causes[place] = null;
        return cause;
      }
    }
  }
}
