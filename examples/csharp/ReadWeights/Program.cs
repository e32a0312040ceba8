// SPDX-License-Identifier: MIT
using System;
using Weightport;

/// <summary>Prints the dtype, shape and first number of every tensor of a state_dict.</summary>
static class ReadWeights
{
  static void Main(string[] arguments)
  {
    using (Checkpoint checkpoint = Checkpoint.Open(arguments[0]))
    using (StateDict weights = checkpoint.StateDict("model_state_dict"))
    {
      foreach (string name in weights.Names)
      {
        using (Tensor tensor = weights[name])
        {
          Console.Write(name + ": " + tensor);
          if (tensor.DType == DType.Float32 && tensor.IsContiguous && tensor.Numel > 0)
          {
            ReadOnlySpan<float> numbers = tensor.AsSpan<float>(); // the mapped file itself, not a copy
            Console.Write(" begins with " + numbers[0].ToString("R"));
          }
          Console.WriteLine();
        }
      }
    }
  }
}
