// SPDX-License-Identifier: MIT
using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading;
using Xunit;

namespace Weightport.Tests
{
  public class ServeModelTests : Test
  {
    // Two models in train mode, where dropout is, and what they predict in eval mode.
    const string MakeModels = @"
import sys, torch
torch.manual_seed(0)
outputs = []
for name in ('model.ts', 'newer.ts'):
    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Dropout(0.9), torch.nn.Linear(8, 2))
    torch.jit.script(model).save(sys.argv[1] + '/' + name)
    outputs.append(model.eval()(torch.tensor([[0.5, 1, -1]])).detach())
torch.save(outputs, sys.argv[1] + '/outputs.pt')
";

    [Fact]
    public void AModelIsServedAndReplacedMeanwhile()
    {
      string path = Temporary("model.ts"), folder = Path.GetDirectoryName(path)!;
      if (!Python.Run(MakeModels, folder)) return;
      string address = "http://127.0.0.1:" + ExampleTests.FreePort() + "/";
      using (Checkpoint outputs = Checkpoint.Open(Temporary("outputs.pt")))
      using (Tensor first = outputs.Root[0].AsTensor(), second = outputs.Root[1].AsTensor())
      using (var predictor = new Predictor(path))
      using (var listener = new HttpListener())
      {
        listener.Prefixes.Add(address);
        listener.Start();
        var server = new Thread(() => ServeModel.Run(listener, predictor));
        server.Start();
        Predicts(first, address);
        File.Delete(path);
        File.Move(Temporary("newer.ts"), path);
        Predicts(first, address);
        Assert.Equal("reloaded\n", ExampleTests.Request(address + "reload", "").Text);
        Predicts(second, address);
        File.WriteAllText(path, "no model");
        Assert.Equal(400, ExampleTests.Request(address + "reload", "").Status);
        Assert.Equal(400, ExampleTests.Request(address + "predict", "[1]").Status);
        Predicts(second, address);
        listener.Stop();
        server.Join();
      }
    }

    static void Predicts(Tensor wanted, string address)
    {
      using (Value answer = Value.FromJson(ExampleTests.Request(address + "predict", "[0.5, 1, -1]").Text))
      {
        double[] expected = wanted.ToArray<double>(), got = answer.Select(number => number.AsDouble()).ToArray();
        Assert.Equal(expected.Length, got.Length);
        for (int i = 0; i < got.Length; i++) Assert.True(Math.Abs(got[i] - expected[i]) < 1e-6, got[i] + ", expected " + expected[i]);
      }
    }
  }
}
