// SPDX-License-Identifier: MIT
using System;
using Weightport;

/// <summary>Prints what a checkpoint's state_dict holds, and saves the checkpoint with another epoch.</summary>
static class SetEpoch
{
  static void Main(string[] arguments)
  {
    using (Checkpoint checkpoint = Checkpoint.Open(arguments[0]))
    using (StateDict weights = checkpoint.StateDict("model_state_dict"))
    {
      foreach (string name in weights.Names)
      {
        using (Tensor tensor = weights[name]) Console.WriteLine(name + " " + tensor);
      }
      checkpoint.Set("epoch", 100);
      checkpoint.Save(arguments[1]);
    }
  }
}
