// SPDX-License-Identifier: MIT
using System;
using Weightport;
using Weightport.Torch;

/// <summary>Takes up a training that Python began, and saves what Python can take up again:
///
///     Resume model.ts ckpt.tar data.pt out.tar
///
/// The checkpoint holds "model_state_dict", "optimizer_state_dict" (of AdamW) and whatever else; data.pt the batches "x" [n, ...]
/// and "y" [n, ...].</summary>
static class Resume
{
  static int Main(string[] arguments)
  {
    if (arguments.Length != 4)
    {
      Console.Error.WriteLine("usage: Resume MODEL CHECKPOINT DATA OUT");
      return 2;
    }
    using (Checkpoint checkpoint = Checkpoint.Open(arguments[1]))
    using (StateDict weights = checkpoint.StateDict("model_state_dict"))
    using (Model model = Model.Load(arguments[0]))
    {
      // The model and the optimizer become what they were in Python.
      model.LoadStateDict(weights);
      using (var optimizer = new Optimizer("AdamW", model))
      {
        optimizer.LoadStateDict(checkpoint.Root["optimizer_state_dict"]);
        Train(model, optimizer, arguments[2]);
        // All that was in the checkpoint stays in it, with the new weights and state.
        using (StateDict trained = model.StateDict())
        using (Value state = optimizer.StateDict())
        {
          checkpoint.SetStateDict("model_state_dict", trained);
          checkpoint.Set("optimizer_state_dict", state);
        }
        checkpoint.Save(arguments[3]);
      }
    }
    return 0;
  }

  static void Train(Model model, Optimizer optimizer, string path)
  {
    model.Train();
    using (var criterion = new Loss("cross_entropy"))
    using (Checkpoint data = Checkpoint.Open(path))
    using (Tensor xs = data.Root["x"].AsTensor(), ys = data.Root["y"].AsTensor())
    {
      for (long i = 0; i < xs.Shape[0]; i++)
      {
        using (Tensor x = Batch(xs, i), y = Batch(ys, i))
        {
          optimizer.ZeroGrad();
          using (Tensor output = model.Forward(x))
          using (Tensor loss = criterion.Compute(output, y))
          {
            loss.Backward();
            optimizer.Step();
            Console.WriteLine("batch " + i + ": loss " + loss.Item().ToString("R"));
          }
        }
      }
    }
  }

  /// <summary>tensor[i], as a view.</summary>
  static Tensor Batch(Tensor tensor, long i) =>
    tensor.AsStrided(tensor.Shape.Slice(1).ToArray(), tensor.Strides.Slice(1).ToArray(), tensor.StorageOffset + i * tensor.Strides[0]);
}
