// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using Weightport;

/// <summary>What a game's script does in an engine: it keeps what it loaded in static fields, and never disposes of it, since the
/// engine takes its domain away.</summary>
public static class Script
{
  static Checkpoint mapped, streamed;
  static StateDict weights;
  static Tensor tensor;
  static ReadOnlyMemory<float> memory;
  static readonly List<Tensor> kept = new List<Tensor>();

  /// <summary>Loads a file in two ways: mapped, and through a stream, which C reads by calling back.</summary>
  public static string Load(string path)
  {
    mapped = Checkpoint.Open(path);
    weights = mapped.StateDict("model_state_dict");
    tensor = weights["fc.weight"];
    memory = tensor.AsMemory<float>();
    streamed = Checkpoint.Open(File.OpenRead(path));
    using (StateDict same = streamed.StateDict("model_state_dict"))
    using (Tensor read = same["fc.weight"])
    {
      if (!read.AsSpan<float>().SequenceEqual(memory.Span)) throw new Exception("the stream has other numbers than the mapping");
    }
    kept.Add(Tensor.Zeros(DType.Float32, 16 << 20));
    return "fc.weight begins with " + memory.Span[0].ToString("R", System.Globalization.CultureInfo.InvariantCulture);
  }

  /// <summary>References that this domain holds in C.</summary>
  public static long Live() => (long)typeof(Checkpoint).Assembly.GetType("Weightport.Internal.Handle")
    .GetProperty("Live", BindingFlags.NonPublic | BindingFlags.Static).GetValue(null);
}
