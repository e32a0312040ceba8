// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace Weightport.Tests
{
  /// <summary>Every golden file reads as PyTorch reads it.</summary>
  public class ExpectedTests : Test
  {
    readonly List<string> differences = new List<string>();

    [Fact]
    public void EveryGoldenFileReadsAsPyTorchReadsIt() => CompareAll(Path.GetDirectoryName(Data.File("x"))!);

    [Fact]
    public void EveryFixtureReadsAsPyTorchReadsIt() => CompareAll(Path.Combine(Data.Root, "..", "shared", "fixtures"));

    void CompareAll(string folder)
    {
      string file = Path.Combine(folder, "expected.json");
      if (!File.Exists(file))
      {
        Console.WriteLine("skipped: there is no " + file);
        return;
      }
      var files = (Dictionary<string, object?>)Json.Parse(File.ReadAllText(file))!;
      foreach (KeyValuePair<string, object?> entry in files)
      {
        try
        {
          Compare(Locate(folder, entry.Key), entry.Key, (Dictionary<string, object?>)entry.Value!);
        }
        catch (Exception exception)
        {
          differences.Add(entry.Key + ": " + exception);
        }
      }
      Assert.True(files.Count > 80, "few files in " + file);
      Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    /// <summary>The larger collection lists files that each PyTorch made with its own weights: those of 2.6.</summary>
    static string Locate(string folder, string name)
    {
      string path = Path.Combine(folder, name);
      return File.Exists(path) ? path : Path.Combine(folder, "torch-2.6", name);
    }

    void Compare(string path, string name, Dictionary<string, object?> wanted)
    {
      if (wanted.ContainsKey("error"))
      {
        var failure = Assert.Throws<WeightportException>(() => Checkpoint.Open(path));
        if (failure.Message.Length == 0 || failure.Message.Contains("\n")) differences.Add(name + ": " + failure.Message);
        return;
      }
      using (Checkpoint checkpoint = Checkpoint.Open(path))
      {
        string format = string.Concat(checkpoint.Format.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : c.ToString()));
        Same(name, "format", ((string)wanted["format"]!).Replace("torchscript", "torch_script"), format.ToLowerInvariant());
        object? names;
        if (wanted.TryGetValue("state_dict", out names))
        {
          using (StateDict weights = checkpoint.StateDict()) Same(name, "names", Walk.Form(names), Names(weights));
        }
        foreach (object? tensor in (List<object?>)wanted["tensors"]!)
        {
          CompareTensor(checkpoint, name, wanted, (Dictionary<string, object?>)tensor!);
        }
        foreach (object? scalar in (List<object?>)wanted["scalars"]!)
        {
          var entry = (Dictionary<string, object?>)scalar!;
          Same(name, Walk.Form(entry["path"]), Walk.Form(entry["value"]),
            Walk.Form(Walk.To(checkpoint, (List<object?>)entry["path"]!)));
        }
      }
    }

    static string Names(StateDict weights) => Walk.Form(weights.Names.Cast<object?>().ToList());

    void CompareTensor(Checkpoint checkpoint, string name, Dictionary<string, object?> file, Dictionary<string, object?> wanted)
    {
      var path = (List<object?>)wanted["path"]!;
      using (Tensor tensor = TensorAt(checkpoint, path))
      {
        object? crc, locations, location;
        wanted.TryGetValue("crc32", out crc);
        string sum = Crc32.Of(tensor);
        Same(name, Walk.Form(path),
          wanted["dtype"] + " " + Walk.Form(wanted["shape"]) + " " + Walk.Form(wanted["stride"] ?? new List<object?>()) + " " + crc,
          tensor.DType.Name() + " [" + string.Join(", ", tensor.Shape.ToArray()) + "] [" + string.Join(", ", tensor.Strides.ToArray()) + "] " + sum);
        if (path.Count == 1 && path[0] is string && file.TryGetValue("locations", out locations) &&
            ((Dictionary<string, object?>)locations!).TryGetValue((string)path[0]!, out location))
        {
          Same(name, Walk.Form(path), (string)location!, tensor.Device);
        }
      }
    }

    static Tensor TensorAt(Checkpoint checkpoint, List<object?> path)
    {
      if (checkpoint.Format != Format.TorchScript) return Walk.To(checkpoint, path).AsTensor();
      using (StateDict weights = checkpoint.StateDict()) return weights[(string)path[0]!];
    }

    void Same(string name, string where, string expected, string found)
    {
      if (expected != found) differences.Add(name + " " + where + ": " + found + ", expected " + expected);
    }
  }
}
