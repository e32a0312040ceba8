// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weightport.Torch;
using Xunit;

namespace Weightport.Tests
{
  public class ModelTests : Test
  {
    // TorchScript with a method of its own, another set of weights for it, and what it predicts with either.
    const string MakeModel = @"
import sys, torch
from typing import Dict, List, Tuple

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(3, 2)
        self.drop = torch.nn.Dropout(0.5)
    def forward(self, x, scale: float = 1.0):
        return self.drop(self.fc(x)) * scale
    @torch.jit.export
    def named(self, parts: List[torch.Tensor], n: int) -> Dict[str, Tuple[int, torch.Tensor]]:
        return {'sum': (n + 1, parts[0] + parts[1])}

torch.manual_seed(0)
net = Net().eval()
x = torch.tensor([[1.0, -2.0, 0.5]])
torch.jit.script(net).save(sys.argv[1])
first = net(x)
other = Net().eval()
torch.save({'model_state_dict': other.state_dict(), 'first': first, 'second': other(x)}, sys.argv[2])
";

    static readonly float[] Input = { 1, -2, 0.5f };

    static float[] Numbers(Value value)
    {
      using (Tensor tensor = value.AsTensor()) return tensor.ToArray<float>();
    }

    static float[] Forward(Model model)
    {
      using (Tensor x = Tensor.From(Input, 1, 3), y = model.Forward(x)) return y.ToArray<float>();
    }

    // Compiled code learns of a null reference by a signal, whose handler a library that comes with libtorch may have taken.
    [Fact]
    public void ANullReferenceIsStillAnException()
    {
      TorchRuntime.ManualSeed(0);
      string[] texts = new string[1];
      Assert.Throws<NullReferenceException>(() => { _ = texts[0].Length; });
    }

    [Fact]
    public void AModelPredictsWhatPythonPredicts()
    {
      string path = Temporary("model.ts"), other = Temporary("ckpt.pt"), again = Temporary("again.ts");
      if (!Python.Run(MakeModel, path, other)) return;
      using (Checkpoint checkpoint = Checkpoint.Open(other))
      using (StateDict weights = checkpoint.StateDict("model_state_dict"))
      using (Model model = Model.Load(path, "cpu"), clone = model.Clone())
      using (Tensor x = Tensor.From(Input, 1, 3))
      {
        float[] first = Numbers(checkpoint.Root["first"]), second = Numbers(checkpoint.Root["second"]);
        model.Train();
        Assert.True(model.IsTraining);
        model.Eval();
        Assert.False(model.IsTraining);
        Assert.Equal(8L, model.ParameterCount);
        Assert.Equal(first, Forward(model));
        Assert.Empty(model.LoadStateDict(weights));
        Assert.Equal(second, Forward(model));
        Assert.Equal(first, Forward(clone));
        using (Value scaled = model.Forward(new object[] { x }, new Dictionary<string, object?> { { "scale", 2.0 } }))
        {
          Assert.Equal(2 * second[0], Numbers(scaled)[0]);
        }
        using (Value called = model.Call("named", new object[] { new[] { x, x }, 4 }))
        {
          Assert.Equal(5, (int)called.At("sum.0"));
          Assert.Equal(new float[] { 2, -4, 1 }, Numbers(called.At("sum.1")));
        }
        Fails(ErrorCode.NotFound, () => model.Call("nothing", new object[0]));
        model.Save(again);
        Python.Run(@"
import sys, torch
model = torch.jit.load(sys.argv[1])
assert torch.equal(model(torch.tensor([[1.0, -2.0, 0.5]])), torch.load(sys.argv[2])['second'])
", again, other);
        using (var saved = new MemoryStream())
        {
          model.Save(saved);
          saved.Position = 0;
          using (Model read = Model.Load(saved)) Assert.Equal(second, Forward(read));
          Assert.True(saved.CanRead);
        }
        Assert.Equal("args", Assert.Throws<ArgumentNullException>(() => model.Forward((object[])null!)).ParamName);
        Assert.Equal("args", Assert.Throws<ArgumentNullException>(() => model.Call("twice", null!)).ParamName);
      }
    }

    [Fact]
    public void ErrorsNameAStream()
    {
      var broken = new byte[100];
      Assert.Equal("pak0", Assert.Throws<WeightportException>(() => Model.Load(new MemoryStream(broken), null, "pak0")).File);
      Assert.Equal("stream", Assert.Throws<WeightportException>(() => Model.Load(new MemoryStream(broken))).File);
      using (Model model = Model.Load(Data.File("scripted.pt")))
      {
        var full = new MemoryStream(new byte[0], true);
        WeightportException failure = Fails(ErrorCode.Callback, () => model.Save(full, new SaveOptions { Name = "pipe" }));
        Assert.Equal("pipe", failure.File);
        Assert.Equal(typeof(NotSupportedException), failure.InnerException!.GetType());
        Assert.Equal("stream", Fails(ErrorCode.Callback, () => model.Save(full)).File);
      }
    }

    [Fact]
    public void LoadStateDictReports()
    {
      using (Model model = Model.Load(Data.File("scripted.pt")))
      using (StateDict weights = model.StateDict())
      using (var partial = new StateDict())
      {
        foreach (string name in weights.Names.Where(name => name != "conv.bias"))
        {
          using (Tensor tensor = weights[name]) partial.Set("module." + name, tensor);
        }
        partial.Rename("module.conv.weight", "module.stem.weight");
        Fails(ErrorCode.Mismatch, () => model.LoadStateDict(partial, new LoadStateDictOptions { StripPrefix = "module." }));
        Finding finding = Assert.Single(model.LoadStateDict(partial, new LoadStateDictOptions
        {
          StripPrefix = "module.", Rename = new Dictionary<string, string> { { "stem", "conv" } }, Strict = false, DryRun = true,
        }));
        Assert.Equal(FindingKind.Missing, finding.Kind);
        Assert.Equal("conv.bias", finding.Key);
      }
    }

    [Fact]
    public void WeightsAreSharedWithTheModelAndOutliveIt()
    {
      Model model = Model.Load(Data.File("scripted.pt"));
      using (StateDict parameters = model.NamedParameters(), buffers = model.NamedBuffers(), all = model.StateDict())
      using (Tensor weight = parameters["conv.weight"], same = all["conv.weight"])
      {
        Assert.True(buffers.Count > 0 && all.Count >= parameters.Count, "counts");
        Span<float> written = weight.MutableSpan<float>();
        written[0] = 42;
        Assert.Equal(2, model.SetRequiresGrad("conv.*", false));
        Fails(ErrorCode.NotFound, () => model.SetRequiresGrad("nothing.*", false));
        model.To(null);
        model.Dispose();
        model.Dispose();
        Assert.Equal(42f, same.AsSpan<float>()[0]);
        foreach (Action action in new Action[]
        {
          () => model.Eval(), () => model.StateDict(), () => model.Save("x"), () => model.Save(new MemoryStream()),
          () => model.Clone(), () => model.Forward(weight), () => model.Forward(new object[0]),
          () => model.LoadStateDict(all), () => model.ZeroGrad(), () => model.IsTraining.ToString(),
          () => model.ParameterCount.ToString(), () => new Optimizer("SGD", model).Step(),
        })
        {
          Disposed(action);
        }
      }
    }

    [Fact]
    public void ModelsAreBuilt()
    {
      TorchRuntime.ManualSeed(0);
      using (Value description = Value.NewDict(("class", "Linear"), ("in_features", 3), ("out_features", 2)))
      using (Model built = Model.Build(description), json = Model.BuildJson("{\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 2}"))
      {
        Assert.Equal(8L, built.ParameterCount);
        using (StateDict weights = built.StateDict())
        {
          Assert.Equal(new[] { "weight", "bias" }, weights.Names);
          json.LoadStateDict(weights);
        }
        Assert.Equal(Forward(built), Forward(json));
        Fails(ErrorCode.Unsupported, () => built.Save(Temporary("a.ts")));
      }
      Fails(ErrorCode.NotFound, () => Model.Create("nothing"));
    }

    [Fact]
    public void WhatIsWrongIsAnError()
    {
      Fails(ErrorCode.NotFound, () => Model.Load("missing.ts"));
      using (Model model = Model.Load(Data.File("scripted.pt")))
      using (Tensor wrong = Tensor.Zeros(DType.Float32, 1)) Fails(ErrorCode.Torch, () => model.Forward(wrong));
      Assert.True(TorchRuntime.DeviceAvailable("cpu"));
      Assert.False(TorchRuntime.DeviceAvailable("nothing"));
      Assert.True(TorchRuntime.Version.Length > 0 && TorchRuntime.NumThreads > 0, TorchRuntime.Version);
      Fails(ErrorCode.NotFound, () => TorchRuntime.LoadPlugin("/missing.so"));
    }
  }
}
