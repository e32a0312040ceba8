// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Weightport.Internal;
using Xunit;

namespace Weightport.Tests
{
  public class LifetimeTests : Test
  {
    static StateDict Weights(Checkpoint checkpoint) => checkpoint.StateDict("model_state_dict");

    [Fact]
    public void UseAfterDisposeIsAnException()
    {
      Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar"));
      Value root = checkpoint.Root, made = Value.From(1);
      StateDict weights = Weights(checkpoint);
      Tensor tensor = weights["fc.weight"];
      ReadOnlyMemory<float> memory = tensor.AsMemory<float>();
      float first = memory.Span[0];
      for (int i = 0; i < 2; i++)
      {
        foreach (IDisposable disposable in new IDisposable[] { tensor, weights, checkpoint, root, made }) disposable.Dispose();
      }
      using (Tensor other = Tensor.Zeros(DType.Float32, 2))
      using (var empty = new StateDict())
      using (var target = new Checkpoint())
      {
        foreach (Action action in new Action[]
        {
          () => checkpoint.Format.ToString(), () => checkpoint.Root.ToString(), () => checkpoint.Metadata.ToString(),
          () => Weights(checkpoint), () => checkpoint.StateDictKeys.ToString(), () => checkpoint.Globals.ToString(),
          () => checkpoint.SetRoot(1), () => checkpoint.Set("x", 1), () => checkpoint.SetStateDict("x", empty),
          () => checkpoint.SetMetadata("x", "y"), () => checkpoint.Save(Temporary("x.pt")),
          () => checkpoint.Save(new MemoryStream()), () => checkpoint.Verify(), () => checkpoint.Diff(target),
          () => target.Diff(checkpoint), () => target.SetStateDict("x", weights), () => target.Set("x", root),
          () => weights.Count.ToString(), () => weights.Names.ToString(), () => weights["fc.weight"].ToString(),
          () => weights.ContainsKey("x"), () => weights.Set("x", other), () => weights.Remove("x"), () => weights.Rename("x", "y"),
          () => weights.AddPrefix("x"), () => weights.StripPrefix("x"), () => weights.ToValue(),
          () => { foreach (var entry in weights) entry.ToString(); },
          () => tensor.AsSpan<float>(), () => tensor.AsBytes(), () => tensor.AsMemory<float>(), () => tensor.MutableSpan<float>(),
          () => tensor.MutableMemory<float>(), () => tensor.PrivateSpan<float>(), () => tensor.ToArray<float>(),
          () => tensor.CopyTo<float>(new float[tensor.Numel]), () => tensor.Item(), () => tensor.Contiguous(),
          () => tensor.To(DType.Float64), () => tensor.AsStrided(new long[0]), () => tensor.Part(TensorPart.Values),
          () => tensor.Device.ToString(), () => tensor.QScheme.ToString(), () => tensor.QScale.ToString(),
          () => empty.Set("x", tensor), () => Value.From(tensor),
          () => root.Kind.ToString(), () => root.Count.ToString(), () => root[0].ToString(), () => root["epoch"].ToString(),
          () => root.Find(1), () => root.Key(0), () => root.At("epoch"), () => root.Clone(), () => root.AsStateDict(),
          () => root.Set("x", 1), () => root.Remove("x"), () => root.ClassName.ToString(), () => made.AsInt64(),
          () => made.AsBool(), () => made.AsBigInteger(), () => made.AsComplex(), () => made.AsString(), () => made.AsBytes(),
          () => made.AsTensor(), () => made.AsDevice(), () => made.AsDType(), () => Value.NewList(made),
        })
        {
          Disposed(action);
        }
      }
      Assert.Equal(DType.Float32, tensor.DType);
      Assert.Equal(2, tensor.NDim);
      Assert.Equal(first, memory.Span[0]);
    }

    [Fact]
    public void DisposeHoldsWhileACallIsInProgress()
    {
      var refused = new List<Exception>();
      Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar"));
      Value root = checkpoint.Root;
      checkpoint.Save(new MemoryStream(), progress: new FileTests.Reporter(progress =>
      {
        checkpoint.Dispose();
        refused.Add(Assert.Throws<ObjectDisposedException>(() => checkpoint.Format.ToString()));
        refused.Add(Assert.Throws<ObjectDisposedException>(() => root.Kind.ToString()));
      }));
      Assert.Equal(new[] { "Checkpoint", "Value" },
        refused.Select(exception => ((ObjectDisposedException)exception).ObjectName).Distinct().ToArray());
    }

    [Fact]
    public void ATensorLivesUntilItsLastDispose()
    {
      Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar"));
      StateDict weights = Weights(checkpoint);
      checkpoint.Dispose();
      Tensor first = weights["fc.weight"], again = weights["fc.weight"];
      first.Dispose();
      first.Dispose();
      Assert.True(again.AsSpan<float>().Length > 0);
      weights.Dispose();
      Assert.True(again.AsSpan<float>().Length > 0);
      again.Dispose();
      Disposed(() => again.AsSpan<float>());
    }

    [Fact]
    public void ViewsOutliveTheCheckpointAndItsCollection()
    {
      // Nothing is disposed of: all but the view is the collector's.
      ReadOnlyMemory<float> view = Apart(() => Weights(Checkpoint.Open(Data.File("checkpoint.tar")))["fc.weight"].AsMemory<float>());
      float[] before = view.ToArray();
      Assert.True(before.Length > 0);
      for (int i = 0; i < 1000; i++)
      {
        GC.Collect();
        Tensor garbage = Tensor.Zeros(DType.Float32, 64);
        if (i % 2 == 0) garbage.Dispose();
        if (i % 100 == 0) GC.WaitForPendingFinalizers();
      }
      Assert.Equal(before, view.ToArray());
      using (var pin = view.Pin())
      {
        Collect();
        unsafe { Assert.Equal(before[0], *(float*)pin.Pointer); }
      }
    }

    [Fact]
    public void EightThreadsReadWhileOneDisposes()
    {
      for (int round = 0; round < 20; round++)
      {
        Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar"));
        StateDict weights = Weights(checkpoint);
        Tensor shared = weights["fc.weight"];
        float[] expected = shared.ToArray<float>();
        var names = weights.Names;
        Exception? failure = null;
        var threads = new Thread[8];
        for (int worker = 0; worker < threads.Length; worker++)
        {
          bool disposes = worker == round % threads.Length;
          threads[worker] = new Thread(() =>
          {
            for (int i = 0; i < 200; i++)
            {
              try
              {
                ReadAll(checkpoint, weights, shared, names[i % names.Count], expected);
              }
              catch (ObjectDisposedException)
              {
              }
              catch (Exception exception)
              {
                failure = exception;
              }
              if (i != 100 || !disposes) continue;
              shared.Dispose();
              weights.Dispose();
              checkpoint.Dispose();
            }
          });
        }
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.True(failure == null, "" + failure);
      }
    }

    static void ReadAll(Checkpoint checkpoint, StateDict weights, Tensor shared, string name, float[] expected)
    {
      Assert.Equal(expected, shared.ToArray<float>());
      Assert.Equal(expected[0], shared.AsMemory<float>().Span[0]);
      using (Tensor tensor = weights[name]) tensor.ToArray<double>();
      checkpoint.Root.At("epoch").AsInt64();
    }

    [Fact]
    public void LargeTensorsMakeTheCollectorRun()
    {
      // Its collector is not to be told.
      if (Type.GetType("Mono.Runtime") != null) return;
      const int count = 400;
      int most = 0;
      using (Tensor source = Tensor.Zeros(DType.Float32, 2, 1 << 20))
      {
        long before = Handle.Live;
        for (int i = 0; i < count; i++)
        {
          if (i % 2 == 0) source.Contiguous();
          else source.To(DType.Int32);
          most = Math.Max(most, (int)(Handle.Live - before));
        }
      }
      Assert.True(most < count, most + " tensors of 8 MB were there at once");
    }

    [Fact]
    public void AMillionLookupsTakeNoMemory()
    {
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar")))
      using (StateDict weights = Weights(checkpoint))
      {
        Look(weights, 100000);
        long before = Resident(), references = Handle.Live;
        Look(weights, 1000000);
        Assert.True(Resident() < before + (16 << 20), before + " bytes resident became " + Resident());
        Assert.Equal(references, Handle.Live);
      }
    }

    static void Look(StateDict weights, int count)
    {
      for (int i = 0; i < count; i++)
      {
        Tensor tensor = weights["fc.weight"];
        if (i % 2 == 0) tensor.Dispose();
      }
      Collect();
    }

    // In bytes; Linux says it in pages.
    static long Resident() =>
      long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
  }
}
