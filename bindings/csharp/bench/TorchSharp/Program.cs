// SPDX-License-Identifier: MIT
using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using TorchSharp;

/// <summary>What the other bench measures with Weightport: a TorchScript archive, its weights, one number of each.</summary>
static class Bench
{
  static void Main(string[] arguments)
  {
    string? missing = WhatTheNativeHalfLacks();
    if (missing != null)
    {
      Console.WriteLine("skipped: TorchSharp, whose native library cannot be loaded here: " + missing);
      return;
    }
    double best = double.MaxValue;
    for (int i = 0; i < 20; i++)
    {
      long start = Stopwatch.GetTimestamp();
      using (var module = torch.jit.load(arguments[0]))
      {
        double sum = 0;
        foreach (var entry in module.state_dict()) sum += entry.Value.bytes[0];
      }
      best = Math.Min(best, (Stopwatch.GetTimestamp() - start) * 1e6 / Stopwatch.Frequency);
    }
    Console.WriteLine("TorchSharp: TorchScript archive and its weights: " + best.ToString("F1", CultureInfo.InvariantCulture) + " us");
  }

  /// <summary>The line in which the system says what is missing, a newer libstdc++ on Debian 12, say. null: nothing.</summary>
  static string? WhatTheNativeHalfLacks()
  {
    try
    {
      NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
      return null;
    }
    catch (DllNotFoundException failure)
    {
      string[] lines = failure.Message.Split('\n');
      return lines.FirstOrDefault(line => line.Contains("not found")) ?? lines[0];
    }
  }
}
