// SPDX-License-Identifier: MIT
using Weightport;
using Weightport.Torch;

/// <summary>The four ways to save and load: what four_ways.py does, in C#.</summary>
static class FourWays
{
  // [state_dict]
  static void StateDict(Model model)
  {
    using (Checkpoint input = Checkpoint.Open("weights.pt"))
    using (StateDict weights = input.StateDict())
    {
      model.LoadStateDict(weights);
    }
    model.Eval();

    using (var output = new Checkpoint())
    using (StateDict weights = model.StateDict())
    {
      output.SetStateDict(null, weights);
      output.Save("weights_again.pt");
    }
  }
  // [end]

  // [entire_model]
  static void EntireModel()
  {
    using (Model model = Model.Load("model.ts"))
    {
      model.Eval();

      model.Save("model_again.ts");
    }
  }
  // [end]

  // [general_checkpoint]
  static void GeneralCheckpoint(Model model, Optimizer optimizer)
  {
    using (Checkpoint checkpoint = Checkpoint.Open("ckpt.tar"))
    {
      using (StateDict weights = checkpoint.StateDict("model_state_dict"))
      {
        model.LoadStateDict(weights);
      }
      optimizer.LoadStateDict(checkpoint.Root["optimizer_state_dict"]);
      long epoch = checkpoint.Root["epoch"].AsInt64();
      model.Train();

      // Everything else that is in the checkpoint, "loss" say, stays as it is.
      checkpoint.Set("epoch", epoch + 1);
      using (StateDict weights = model.StateDict())
      using (Value state = optimizer.StateDict())
      {
        checkpoint.SetStateDict("model_state_dict", weights);
        checkpoint.Set("optimizer_state_dict", state);
      }
      checkpoint.Save("ckpt_again.tar");
    }
  }
  // [end]

  // [several_models]
  static void SeveralModels(Model[] models, Optimizer[] optimizers)
  {
    string[] names = { "A", "B" };
    using (Checkpoint input = Checkpoint.Open("several.tar"))
    using (var output = new Checkpoint())
    {
      for (int i = 0; i < names.Length; i++)
      {
        using (StateDict weights = input.StateDict("model" + names[i] + "_state_dict"))
        {
          models[i].LoadStateDict(weights);
        }
        optimizers[i].LoadStateDict(input.Root["optimizer" + names[i] + "_state_dict"]);
      }

      for (int i = 0; i < names.Length; i++)
      {
        using (StateDict weights = models[i].StateDict())
        using (Value state = optimizers[i].StateDict())
        {
          output.SetStateDict("model" + names[i] + "_state_dict", weights);
          output.Set("optimizer" + names[i] + "_state_dict", state);
        }
      }
      output.Save("several_again.tar");
    }
  }
  // [end]

  static void Main()
  {
    using (Model a = Model.Load("model.ts"), b = Model.Load("model.ts"))
    using (Optimizer adamA = new Optimizer("Adam", a), adamB = new Optimizer("Adam", b))
    {
      StateDict(a);
      EntireModel();
      GeneralCheckpoint(a, adamA);
      SeveralModels(new[] { a, b }, new[] { adamA, adamB });
    }
  }
}
