// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using Weightport;

/// <summary>A torch.nn.Sequential of Linear layers with a ReLU between them, over the file's own memory.</summary>
sealed class Network : IDisposable
{
  /// <summary>y = W x + b.</summary>
  sealed class Layer
  {
    internal readonly Tensor Weight, Bias;

    internal Layer(Tensor weight, Tensor bias)
    {
      Weight = weight;
      Bias = bias;
      if (weight.NDim != 2 || bias.Numel != weight.Shape[0]) throw new ArgumentException("no Linear has a weight " + weight);
    }
  }

  readonly List<Layer> layers = new List<Layer>();

  /// <summary>The name, dtype and shape of each weight.</summary>
  internal readonly List<string> Weights = new List<string>();

  /// <summary>Takes the "*.weight" and "*.bias" pairs of the state_dict under a key, null for the only one, in their
  /// order.</summary>
  internal Network(string path, string? key)
  {
    using (Checkpoint checkpoint = Checkpoint.Open(path))
    using (StateDict weights = checkpoint.StateDict(key))
    {
      foreach (string name in weights.Names)
      {
        using (Tensor tensor = weights[name]) Weights.Add(name + ": " + tensor);
        if (!name.EndsWith(".weight", StringComparison.Ordinal)) continue;
        layers.Add(new Layer(weights[name], weights[name.Substring(0, name.Length - "weight".Length) + "bias"]));
      }
    }
    if (layers.Count == 0) throw new ArgumentException("there is no layer in the state_dict");
  }

  /// <summary>May run in many threads at once.</summary>
  internal float[] Forward(float[] x)
  {
    for (int i = 0; i < layers.Count; i++)
    {
      Layer layer = layers[i];
      long inputs = layer.Weight.Shape[1];
      if (x.Length != inputs) throw new ArgumentException(x.Length + " numbers, and the layer takes " + inputs);
      float[] y = layer.Bias.ToArray<float>();
      ReadOnlySpan<float> weight = layer.Weight.AsSpan<float>(); // the layer keeps the tensor
      for (int row = 0; row < y.Length; row++)
      {
        for (int column = 0; column < x.Length; column++) y[row] += weight[row * x.Length + column] * x[column];
        if (i + 1 < layers.Count && y[row] < 0) y[row] = 0;
      }
      x = y;
    }
    GC.KeepAlive(this);
    return x;
  }

  public void Dispose()
  {
    foreach (Layer layer in layers)
    {
      layer.Weight.Dispose();
      layer.Bias.Dispose();
    }
  }
}
