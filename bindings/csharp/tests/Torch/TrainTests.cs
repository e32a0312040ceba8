// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Weightport.Internal;
using Weightport.Torch;
using Xunit;

namespace Weightport.Tests
{
  public class TrainTests : Test
  {
    // Ten steps of training in Python, the checkpoint after them, and the losses of the next ten.
    const string MakeResume = @"
import sys, torch
folder = sys.argv[1]
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(6, 9, bias=False), torch.nn.BatchNorm1d(9), torch.nn.ReLU(), torch.nn.Linear(9, 3))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.02)
x, y = torch.randn(20, 8, 6), torch.randint(3, (20, 8))
torch.jit.script(net).save(folder + '/model.ts')
def step(i):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(net(x[i]), y[i])
    loss.backward()
    optimizer.step()
    return loss.item()
for i in range(10):
    step(i)
def save(name):
    torch.save({'model_state_dict': net.state_dict(), 'optimizer_state_dict': optimizer.state_dict(), 'epoch': 3}, folder + '/' + name)
save('ckpt.tar')
torch.save({'x': x[10:].clone(), 'y': y[10:].clone()}, folder + '/data.pt')
for i in range(10, 20):
    print('batch %d: loss' % (i - 10), step(i))
save('after.pt')
";

    // The other way round: what .NET saved, Python takes up as its own.
    const string CheckResume = @"
import sys, torch
ours, theirs = torch.load(sys.argv[1] + '/out.tar'), torch.load(sys.argv[1] + '/after.pt')
assert ours['epoch'] == 3 and list(ours['model_state_dict']) == list(theirs['model_state_dict'])
for name, tensor in theirs['model_state_dict'].items():
    assert torch.allclose(ours['model_state_dict'][name], tensor, atol=1e-5), name
net = torch.nn.Sequential(torch.nn.Linear(6, 9, bias=False), torch.nn.BatchNorm1d(9), torch.nn.ReLU(), torch.nn.Linear(9, 3))
net.load_state_dict(ours['model_state_dict'])
optimizer = torch.optim.AdamW(net.parameters())
optimizer.load_state_dict(ours['optimizer_state_dict'])
assert optimizer.state_dict()['param_groups'] == theirs['optimizer_state_dict']['param_groups']
for i, state in theirs['optimizer_state_dict']['state'].items():
    for name, tensor in state.items():
        assert torch.allclose(ours['optimizer_state_dict']['state'][i][name], tensor, atol=1e-5), (i, name)
";

    [Fact]
    public void TheExampleResumesFromPythonAndBack()
    {
      Func<string, string> path = name => Temporary(name);
      string folder = Path.GetDirectoryName(path("x"))!;
      if (!Python.Run(MakeResume, folder)) return;
      Output output = ExampleTests.Run(typeof(Resume), path("model.ts"), path("ckpt.tar"), path("data.pt"), path("out.tar"));
      Assert.Equal(0, output.Status);
      Assert.Equal(10, output.Text.Split(new[] { "batch " }, StringSplitOptions.RemoveEmptyEntries).Length);
      Python.Run(CheckResume, folder);
    }

    static readonly Dictionary<string, string> Classes = new Dictionary<string, string>
    {
      { "sgd", "SGD" }, { "adam", "Adam" }, { "adamw", "AdamW" }, { "rmsprop", "RMSprop" }, { "adagrad", "Adagrad" }, { "lbfgs", "LBFGS" },
    };

    [Fact]
    public void TrainingResumesWithEachOptimizer()
    {
      string fixtures = Path.Combine(Data.Root, "..", "shared", "fixtures");
      string[] folders = Directory.Exists(fixtures) ? Directory.GetDirectories(fixtures, "torch-*").SelectMany(
        folder => Directory.GetDirectories(folder, "resume_*")).ToArray() : new string[0];
      if (folders.Length == 0) Console.WriteLine("skipped: there is no " + fixtures);
      foreach (string folder in folders) ResumeAs(folder);
    }

    /// <summary>Trains on from a folder's checkpoint, and compares each loss with Python's.</summary>
    void ResumeAs(string folder)
    {
      var wanted = (Dictionary<string, object?>)Json.Parse(File.ReadAllText(Path.Combine(folder, "losses.json")))!;
      string name = (string)wanted["optimizer"]!;
      // For LBFGS: twenty evaluations a step, each on the rounding of the last.
      double tolerance = name == "lbfgs" ? 1e-2 : 1e-4;
      using (Checkpoint checkpoint = Checkpoint.Open(Path.Combine(folder, "ckpt.tar")), data = Checkpoint.Open(Path.Combine(folder, "data.pt")))
      using (StateDict weights = checkpoint.StateDict("model_state_dict"))
      using (Model model = Model.Load(Path.Combine(folder, "model.ts")))
      using (Tensor xs = data.Root["x"].AsTensor(), ys = data.Root["y"].AsTensor())
      using (var criterion = new Loss("cross_entropy"))
      {
        model.LoadStateDict(weights);
        model.Train();
        Value state = checkpoint.Root["optimizer_state_dict"];
        if (state["param_groups"].Count != 1)
        {
          Console.WriteLine("skipped: several parameter groups in " + folder);
          return;
        }
        using (var optimizer = new Optimizer(Classes[name], model, new Dictionary<string, double> { { "lr", 0.5 } }))
        {
          optimizer.LoadStateDict(state);
          long first = 10;
          foreach (object? loss in (List<object?>)wanted["losses"]!)
          {
            long at = first++;
            using (Tensor x = xs.AsStrided(new long[] { 8, 6 }, null, xs.StorageOffset + at * 48))
            using (Tensor y = ys.AsStrided(new long[] { 8 }, null, ys.StorageOffset + at * 8))
            using (Tensor before = optimizer.Step(() =>
            {
              optimizer.ZeroGrad();
              using (Tensor output = model.Forward(x))
              {
                Tensor computed = criterion.Compute(output, y);
                computed.Backward();
                return computed;
              }
            }))
            {
              double expected = double.Parse(loss!.ToString()!, CultureInfo.InvariantCulture);
              Assert.True(Math.Abs(before.Item() - expected) <= tolerance * Math.Max(1, Math.Abs(expected)),
                folder + " batch " + at + ": " + before.Item() + ", expected " + expected);
            }
          }
        }
      }
    }

    /// <summary>A parameter of one number.</summary>
    static Tensor Parameter()
    {
      using (Tensor plain = Tensor.From(new float[] { 1 })) return plain.Track();
    }

    [Fact]
    public void ATensorGoesToADevice()
    {
      string device = TorchRuntime.DeviceAvailable("cuda") ? "cuda:0" : "cpu";
      using (Tensor weight = Parameter())
      using (Tensor moved = weight.ToDevice(device))
      {
        Assert.Equal(device, moved.Device);
        Assert.Equal(1, moved.Item());
        Fails(ErrorCode.InvalidArgument, () => weight.ToDevice("nowhere"));
        Fails(ErrorCode.Torch, () => weight.ToDevice("cuda:99"));
      }
    }

    /// <summary>The gradient of w^2 is 2, of two such losses with the weights 1 and 2 it is 6.</summary>
    [Fact]
    public void BackwardFromSeveralLosses()
    {
      using (Tensor weight = Parameter(), zero = Tensor.From(new double[] { 0 }), zeros = zero.AsStrided(new long[] { 1, 1 }))
      using (Tensor wide = weight.Reshape(-1, 1), precise = wide.ToDType(DType.Float64))
      using (var mse = new Loss("mse_loss"))
      using (Tensor first = mse.Compute(precise, zeros), second = mse.Compute(precise, zeros))
      using (Tensor two = Tensor.From(new double[] { 2 }), twice = two.AsStrided(new long[0]))
      {
        Assert.Equal(new long[] { 1, 1 }, precise.Shape.ToArray());
        Autograd.Backward(new[] { first, second }, new Tensor?[] { null, twice }, retainGraph: true);
        using (Tensor gradient = weight.Grad()!) Assert.Equal(6, gradient.Item());
        Autograd.Backward(new[] { first, second });
        using (Tensor gradient = weight.Grad()!) Assert.Equal(10, gradient.Item());
        Fails(ErrorCode.Torch, () => Autograd.Backward(new[] { first }));
        Fails(ErrorCode.Mismatch, () => Autograd.Backward(new[] { zeros }));
        Fails(ErrorCode.Torch, () => weight.Reshape(2));
      }
    }

    [Fact]
    public void WhatAClosureThrowsIsTheInnerException()
    {
      using (Tensor weight = Parameter())
      using (var optimizer = new Optimizer("LBFGS", new[] { weight }))
      {
        var stop = new InvalidOperationException("no data");
        Assert.Same(stop, Fails(ErrorCode.Callback, () => optimizer.Step(() => { throw stop; })).InnerException!);
        Fails(ErrorCode.Unsupported, () => optimizer.Step());
      }
    }

    [Fact]
    public void HyperparametersAndSchedules()
    {
      using (Tensor weight = Parameter())
      using (var optimizer = new Optimizer("SGD", new[] { weight }, new Dictionary<string, double> { { "lr", 0.1 }, { "momentum", 0.9 } }))
      {
        Assert.Equal("SGD", optimizer.ClassName);
        Assert.Equal(1, optimizer.ParamGroupCount);
        optimizer.Set(Optimizer.AllGroups, "momentum", 0.5);
        optimizer.SetLR(0, 0.2);
        using (Value group = optimizer.ParamGroup(0)) Assert.Equal(0.5, (double)group["momentum"]);
        Assert.Equal(0.2, optimizer.GetLR());
        Fails(ErrorCode.NotFound, () => optimizer.GetLR(1));
        foreach (int negative in new[] { Optimizer.AllGroups, -2 })
        {
          Assert.Throws<ArgumentOutOfRangeException>(() => { optimizer.GetLR(negative); });
          Assert.Throws<ArgumentOutOfRangeException>(() => { optimizer.ParamGroup(negative); });
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.SetLR(-2, 0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.Set(-2, "lr", 0.1));
        Fails(ErrorCode.NotFound, () => new Optimizer("Magic", new[] { weight }));
        Fails(ErrorCode.NotFound, () => new Loss("magic"));
        Fails(ErrorCode.NotFound, () => new Scheduler("MagicLR", optimizer));
        using (var scheduler = new Scheduler("StepLR", optimizer, Value.FromJson("{\"step_size\": 1, \"gamma\": 0.5}")))
        {
          scheduler.Step();
          Assert.Equal(0.1, scheduler.GetLastLR());
          Assert.Throws<ArgumentOutOfRangeException>(() => { scheduler.GetLastLR(-1); });
          using (Value state = scheduler.StateDict())
          {
            Assert.Equal(1, (int)state["last_epoch"]);
            scheduler.LoadStateDict(state);
          }
          Fails(ErrorCode.Unsupported, () => scheduler.Step(1.0));
        }
      }
    }

    [Fact]
    public void ALearningRateIsAFunction()
    {
      using (Tensor weight = Parameter())
      using (var optimizer = new Optimizer("SGD", new[] { weight }, new Dictionary<string, double> { { "lr", 1.0 } }))
      {
        var stop = new InvalidOperationException("too far");
        Func<long, int, double> lambda = (epoch, group) =>
        {
          if (epoch == 2) throw stop;
          return 1.0 / (epoch + 1);
        };
        using (var scheduler = new Scheduler(optimizer, lambda))
        {
          Collect();
          scheduler.Step();
          Assert.Equal(0.5, optimizer.GetLR());
          Assert.Same(stop, Fails(ErrorCode.Callback, () => scheduler.Step()).InnerException!);
          Assert.Equal(0.5, optimizer.GetLR());
        }
        Assert.Same(stop, Fails(ErrorCode.Callback, () => new Scheduler(optimizer, (epoch, group) => { throw stop; })).InnerException!);
      }
    }

    sealed class Trainer
    {
      internal Scheduler? Rates;

      internal double Factor(long epoch, int group) => Rates == null ? 1 : 0.5;
    }

    [Fact]
    public void ASchedulerWhoseFunctionRefersToItsOwnerIsCollected()
    {
      using (Tensor weight = Parameter())
      using (var optimizer = new Optimizer("SGD", new[] { weight }, new Dictionary<string, double> { { "lr", 1.0 } }))
      {
        long before = Handle.Live;
        Apart(() =>
        {
          var trainer = new Trainer();
          trainer.Rates = new Scheduler(optimizer, trainer.Factor);
          trainer.Rates.Step();
          return 0;
        });
        for (int i = 0; i < 100 && Handle.Live != before; i++) Collect();
        Assert.Equal(before, Handle.Live);
      }
    }

    [Fact]
    public void GradientsAreKeptOnDemand()
    {
      using (Model model = Model.BuildJson("{\"class\": \"Linear\", \"in_features\": 1, \"out_features\": 1}"))
      using (StateDict parameters = model.NamedParameters())
      using (Tensor weight = parameters["weight"], x = Tensor.From(new float[] { 3 }, 1, 1))
      {
        Assert.Null(weight.Grad());
        using (Autograd.NoGrad())
        using (Tensor y = model.Forward(x)) Fails(ErrorCode.Mismatch, () => y.Backward());
        using (Tensor y = model.Forward(x)) y.Backward();
        using (Tensor gradient = weight.Grad()!) Assert.Equal(3.0, gradient.Item());
        Assert.True(Math.Abs(Autograd.ClipGradNorm(parameters, 1) - Math.Sqrt(10)) < 1e-5, "norm");
        using (Tensor gradient = weight.Grad()!) Assert.True(gradient.Item() < 1, "clipped");
        model.ZeroGrad();
        Assert.Null(weight.Grad());
        using (Tensor detached = weight.Detach()) Assert.Equal(weight.Item(), detached.Item());
      }
    }
  }
}
