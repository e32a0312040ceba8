// SPDX-License-Identifier: MIT
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Weightport.Tests
{
  public class StateDictTests : Test
  {
    // In UTF-8 these take one to four bytes a character; the last two lie beyond the basic plane.
    static readonly string[] Unicode = { "plain", "größe", "重み", "layer.🔥.weight", "𝒲" };

    [Fact]
    public void ItIsADictionary()
    {
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar")))
      using (StateDict weights = checkpoint.StateDict("model_state_dict"))
      {
        IReadOnlyDictionary<string, Tensor> dictionary = weights;
        Assert.Equal(dictionary.Count, dictionary.Keys.Count());
        Assert.Equal(weights.Names, dictionary.Select(entry => entry.Key).ToList());
        Assert.True(dictionary.ContainsKey("fc.weight"));
        Assert.False(dictionary.ContainsKey("fc.nothing"));
        Tensor? tensor;
        Assert.False(dictionary.TryGetValue("fc.nothing", out tensor));
        Assert.Throws<KeyNotFoundException>(() => dictionary["fc.nothing"]);
        using (Tensor first = weights["fc.weight"], again = weights["fc.weight"])
        {
          Assert.Equal(first.StorageId, again.StorageId);
          Assert.Equal(first.ToArray<float>(), again.AsSpan<float>().ToArray());
        }
        foreach (Tensor value in dictionary.Values) value.Dispose();
      }
    }

    [Fact]
    public void ItIsEdited()
    {
      using (var weights = new StateDict())
      using (Tensor one = Tensor.From(new float[] { 1 }), two = Tensor.From(new float[] { 2 }))
      {
        weights.Set("a", one);
        weights.Set("b", one);
        Assert.Equal(1.0, Number(weights, "b"));
        weights.Set("b", two);
        Assert.Equal(2.0, Number(weights, "b"));
        weights.Rename("a", "c");
        Fails(ErrorCode.Mismatch, () => weights.Rename("b", "c"));
        weights.AddPrefix("module.");
        Assert.Equal(new[] { "module.c", "module.b" }, weights.Names);
        Assert.Equal(1.0, Number(weights, "module.c"));
        weights.StripPrefix("module.");
        weights.Remove("c");
        Assert.Equal(ErrorCode.NotFound, Fails(ErrorCode.NotFound, () => weights.Remove("c")).Code);
        Assert.False(weights.ContainsKey("c"));
        Assert.Equal("b", Assert.Single(weights.Names));
      }
    }

    static double Number(StateDict weights, string name)
    {
      using (Tensor tensor = weights[name]) return tensor.Item();
    }

    [Fact]
    public void KeysAreUnicode()
    {
      using (var weights = new StateDict())
      {
        for (int i = 0; i < Unicode.Length; i++)
        {
          using (Tensor tensor = Tensor.From(new float[] { i })) weights.Set(Unicode[i], tensor);
        }
        foreach (Format format in new[] { Format.TorchZip, Format.TorchLegacy, Format.Safetensors })
        {
          string path = Temporary("größe-🔥.bin");
          using (var checkpoint = new Checkpoint())
          {
            checkpoint.SetStateDict(null, weights);
            checkpoint.Save(path, new SaveOptions { Format = format });
          }
          using (Checkpoint checkpoint = Checkpoint.Open(path))
          using (StateDict read = checkpoint.StateDict())
          {
            Assert.Equal(Unicode.OrderBy(name => name), read.Names.OrderBy(name => name));
            for (int i = 0; i < Unicode.Length; i++) Assert.Equal(i, Number(read, Unicode[i]));
          }
        }
      }
    }

    [Fact]
    public void ANameWithANulInsideIsReadAndTakenOutOfTheDict()
    {
      string path = Temporary("a.pt");
      using (var checkpoint = new Checkpoint())
      using (Tensor tensor = Tensor.From(new float[] { 5 }))
      {
        checkpoint.Root.Set("a\0b", tensor);
        checkpoint.Root.Set("c", tensor);
        checkpoint.Save(path);
      }
      using (Checkpoint checkpoint = Checkpoint.Open(path))
      {
        using (StateDict weights = checkpoint.StateDict())
        {
          Assert.Equal(new[] { "a\0b", "c" }, weights.Names);
          Assert.Equal(5.0, Number(weights, "a\0b"));
          Assert.Equal("a\0b", Fails(ErrorCode.InvalidArgument, () => weights.Remove("a\0b")).Key);
          Fails(ErrorCode.InvalidArgument, () => weights.Rename("a\0b", "d"));
        }
        checkpoint.Root.Remove("a\0b");
        Assert.Equal("c", Assert.Single(checkpoint.Root.Entries).Key.AsString());
      }
    }

    [Fact]
    public void ANulInsideIsRefused()
    {
      using (var weights = new StateDict())
      using (var checkpoint = new Checkpoint())
      using (Tensor tensor = Tensor.Zeros(DType.Float32, 1))
      {
        Assert.Equal("a\0b", Fails(ErrorCode.InvalidArgument, () => weights.Set("a\0b", tensor)).Key);
        Fails(ErrorCode.InvalidArgument, () => weights.AddPrefix("\0"));
        Fails(ErrorCode.InvalidArgument, () => weights.Rename("a", "b\0"));
        Fails(ErrorCode.InvalidArgument, () => checkpoint.Set("a\0b", 1));
        Fails(ErrorCode.InvalidArgument, () => checkpoint.SetMetadata("a", "b\0"));
        Fails(ErrorCode.InvalidArgument, () => checkpoint.Save("a\0b"));
        Fails(ErrorCode.InvalidArgument, () => checkpoint.Root.At("a\0b"));
        Fails(ErrorCode.InvalidArgument, () => Checkpoint.Open("a\0b"));
        Assert.False(weights.ContainsKey("a\0b"));
        Assert.Equal(0, weights.Count);
      }
    }
  }
}
