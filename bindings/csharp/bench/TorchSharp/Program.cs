// SPDX-License-Identifier: MIT
using System;
using System.Diagnostics;
using System.Globalization;
using TorchSharp;

/// <summary>What the other bench measures with Weightport: a TorchScript archive, its weights, one number of each.</summary>
static class Bench
{
  static void Main(string[] arguments)
  {
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
}
