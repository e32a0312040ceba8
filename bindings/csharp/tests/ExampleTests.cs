// SPDX-License-Identifier: MIT
#pragma warning disable SYSLIB0014 // Mono has HttpWebRequest in its smallest form.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Threading;
using Xunit;

namespace Weightport.Tests
{
  /// <summary>The programs of examples/csharp, which are compiled into the tests too.</summary>
  public class ExampleTests : Test
  {
    static string Example(string name) => Path.Combine(Data.Root, "examples", "csharp", name, "Program.cs");

    /// <summary>What a program's Main prints, and what it returns.</summary>
    internal static Output Run(Type program, params string[] arguments)
    {
      var output = new Output();
      TextWriter before = Console.Out, errors = Console.Error;
      using (StringWriter text = new StringWriter(), error = new StringWriter())
      {
        Console.SetOut(text);
        Console.SetError(error);
        try
        {
          output.Status = Main(program)(arguments);
        }
        finally
        {
          Console.SetOut(before);
          Console.SetError(errors);
        }
        output.Text = text.ToString();
        output.Error = error.ToString();
      }
      return output;
    }

    static Func<string[], int> Main(Type program)
    {
      MethodInfo main = program.GetMethod("Main", BindingFlags.NonPublic | BindingFlags.Static)!;
      return arguments => (int)(main.Invoke(null, new object[] { arguments }) ?? 0);
    }

    [Fact]
    public void ReadWeightsPrintsWhatPyTorchSaved() =>
      Assert.Contains("fc.weight: float32 [3, 8] begins with 0.1284166", Run(typeof(ReadWeights), Data.File("checkpoint.tar")).Text);

    [Fact]
    public void TheReadmeShowsReadWeights()
    {
      string code = File.ReadAllText(Example("ReadWeights"));
      string readme = File.ReadAllText(Path.Combine(Data.Root, "bindings", "csharp", "README.md"));
      Assert.Contains("```csharp\n" + code.Substring(code.IndexOf('\n') + 1) + "```", readme);
    }

    [Fact]
    public void SetEpochSavesTheCheckpointAgain()
    {
      string path = Temporary("again.tar");
      Assert.Contains("fc.weight float32 [3, 8]\n", Run(typeof(SetEpoch), Data.File("checkpoint.tar"), path).Text);
      using (Checkpoint checkpoint = Checkpoint.Open(path)) Assert.Equal(100, checkpoint.Root["epoch"].AsInt64());
    }

    [Fact]
    public void ConvertConverts()
    {
      string path = Temporary("a.safetensors");
      Assert.Equal(0, Run(typeof(ConvertFile), Data.File("state_dict.pt"), path).Status);
      using (Checkpoint checkpoint = Checkpoint.Open(path)) Assert.Equal(Format.Safetensors, checkpoint.Format);
      Output refused = Run(typeof(ConvertFile), Data.File("checkpoint.tar"), path);
      Assert.Equal(1, refused.Status);
      Assert.Contains("Only .pt and .pth files", refused.Error);
      Assert.Equal(2, Run(typeof(ConvertFile)).Status);
    }

    // PyTorch makes the checkpoint, and says what it predicts.
    const string Script = @"
import sys, torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
torch.save({'model_state_dict': model.state_dict(), 'epoch': 3}, sys.argv[1])
torch.save(model(torch.tensor([0.5, 1, -1])).detach(), sys.argv[2])
";

    [Fact]
    public void ServePredictsWhatPyTorchPredicts()
    {
      string path = Temporary("ckpt.pt"), output = Temporary("output.pt");
      if (!Python.Run(Script, path, output)) return;
      float[] wanted;
      using (Checkpoint checkpoint = Checkpoint.Open(output))
      using (Tensor tensor = checkpoint.Root.AsTensor()) wanted = tensor.ToArray<float>();
      string address = "http://127.0.0.1:" + FreePort() + "/";
      using (var network = new Network(path, "model_state_dict"))
      using (var listener = new HttpListener())
      {
        listener.Prefixes.Add(address);
        listener.Start();
        var server = new Thread(() => Serve.Run(listener, network));
        server.Start();
        for (int i = 0; i < 20; i++)
        {
          GC.Collect();
          using (Value answer = Value.FromJson(Request(address + "predict", "{\"input\": [0.5, 1, -1]}").Text))
          {
            float[] got = answer["output"].Select(number => (float)number.AsDouble()).ToArray();
            Assert.Equal(wanted.Length, got.Length);
            for (int j = 0; j < got.Length; j++) Assert.True(Math.Abs(got[j] - wanted[j]) < 1e-6f, got[j] + ", expected " + wanted[j]);
          }
        }
        Assert.Contains("2.bias: float32 [2]\n", Request(address + "weights", "").Text);
        foreach (string wrong in new[] { "{\"input\": [1]}", "{}", "no JSON" })
        {
          Assert.Equal(400, Request(address + "predict", wrong).Status);
        }
        listener.Stop();
        server.Join();
      }
    }

    internal static int FreePort()
    {
      var socket = new TcpListener(IPAddress.Loopback, 0);
      socket.Start();
      int port = ((IPEndPoint)socket.LocalEndpoint).Port;
      socket.Stop();
      return port;
    }

    internal static Output Request(string address, string body)
    {
      var request = (HttpWebRequest)WebRequest.Create(address);
      request.Method = "POST";
      request.Proxy = null!;
      byte[] bytes = Encoding.UTF8.GetBytes(body);
      request.ContentLength = bytes.Length;
      using (Stream stream = request.GetRequestStream()) stream.Write(bytes, 0, bytes.Length);
      try
      {
        return Read((HttpWebResponse)request.GetResponse());
      }
      catch (WebException exception)
      {
        return Read((HttpWebResponse)exception.Response!);
      }
    }

    static Output Read(HttpWebResponse response)
    {
      using (response)
      using (var reader = new StreamReader(response.GetResponseStream()!, Encoding.UTF8))
      {
        return new Output { Status = (int)response.StatusCode, Text = reader.ReadToEnd() };
      }
    }
  }
}
