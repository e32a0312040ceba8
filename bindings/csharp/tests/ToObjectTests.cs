// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Numerics;
using Xunit;
using Py = Weightport.Python;

namespace Weightport.Tests
{
  /// <summary>Trees as objects of .NET, and back.</summary>
  public class ToObjectTests : Test
  {
    [Fact]
    public void EveryKindBecomesAnObject()
    {
      using (Tensor tensor = Tensor.From(new float[] { 1, 2 }))
      {
        var all = new Py.Dict
        {
          { "none", null }, { "bool", true }, { "int", -5L }, { "large", BigInteger.Pow(10, 30) }, { "float", 0.1 },
          { "complex", new Complex(1, -2) }, { "string", "𝒲\0\ud800" }, { "bytes", new byte[] { 0, 255 } },
          { "list", new List<object?> { 1L, null } }, { "tuple", new Py.Tuple(1L, new Py.Tuple()) }, { "set", new HashSet<object?> { 1L, "b" } },
          { "tensor", tensor }, { "dtype", DType.BFloat16 }, { "device", new Py.Device("cuda:0") }, { "size", new Py.Size(2, 3) },
          { "ordered", new Py.OrderedDict { { "z", 1L }, { "a", 2L } } }, { 7L, "int key" }, { null, "None key" },
          { new Py.Tuple(1L, "x"), "tuple key" }, { "object", new Py.Instance("argparse.Namespace", new Py.Tuple(1L), new Py.Dict { { "lr", 0.5 } }) },
          { "class", new Py.Instance("collections.Counter") }, { "state", new Py.Instance("a.B", null, new Py.Tuple(1L)) },
        };
        using (Value value = Value.From(all))
        {
          var back = (Py.Dict)value.ToObject()!;
          Assert.Equal(all.Keys, back.Keys);
          foreach (object? key in all.Keys.Where(key => !(all[key] is Tensor || all[key] is Py.Instance || all[key] is Py.Dict)))
          {
            Assert.Equal(all[key]?.GetType(), back[key]?.GetType());
            Assert.Equal(all[key], back[key]);
          }
          Assert.Equal(typeof(Py.OrderedDict), back["ordered"]!.GetType());
          Assert.Equal(new object?[] { "z", "a" }, ((Py.Dict)back["ordered"]!).Keys);
          Assert.Equal("int key", back[7]);
          var thing = (Py.Instance)back["object"]!;
          Assert.Equal("argparse.Namespace", thing.ClassName);
          Assert.Equal(new Py.Tuple(1L), thing.Args);
          Assert.Equal(0.5, ((Py.Dict)thing.Attributes!)["lr"]);
          Assert.Equal(new Py.Tuple(1L), ((Py.Instance)back["state"]!).Attributes);
          Assert.Null(((Py.Instance)back["class"]!).Args);
          using (var again = (Tensor)back["tensor"]!) Assert.Equal(tensor.StorageId, again.StorageId);
        }
      }
    }

    [Fact]
    public void WhatIsSharedStaysSharedAndCyclesAreRefused()
    {
      using (Value root = Value.NewDict(("a", Value.NewList(1))))
      {
        root.Set("b", root["a"]);
        var both = (Py.Dict)root.ToObject()!;
        Assert.Same(both["a"]!, both["b"]!);
        root["a"].Add(root);
        Assert.Contains("contains itself", Fails(ErrorCode.Unsupported, () => root.ToObject()).Message);
      }
      Value deep = Value.NewList();
      for (int i = 0; i < 1001; i++)
      {
        Value outer = Value.NewList(deep);
        deep.Dispose();
        deep = outer;
      }
      using (deep) Fails(ErrorCode.Limit, () => deep.ToObject());
      Disposed(() => deep.ToObject());
    }

    [Fact]
    public void ADictIsEditedInItsOrder()
    {
      var dict = new Py.Dict { { "a", 1 }, { null, 2 }, { "c", 3 } };
      dict["a"] = 4;
      dict["d"] = 5;
      Assert.True(dict.Remove(null));
      Assert.False(dict.Remove(null));
      Assert.Equal(new object?[] { "a", "c", "d" }, dict.Keys);
      Assert.Equal(new object?[] { 4, 3, 5 }, dict.Values);
      Assert.Equal(3, dict["c"]);
      Assert.Equal(3, dict.Count);
      Assert.False(dict.ContainsKey(null));
      Assert.Throws<KeyNotFoundException>(() => dict["b"]!);
      Assert.Throws<ArgumentException>(() => dict.Add("d", 1));
    }

    [Fact]
    public void AFrozenSetIsAKeyAndAMember()
    {
      var inner = new Py.FrozenSet(1L, null, new Py.Tuple("a"));
      var all = new Py.Dict
      {
        { inner, "key" }, { new Py.FrozenSet(), "empty" }, { new Py.Tuple(inner), "in a tuple" },
        { "set", new HashSet<object?> { inner, 1L } }, { "nested", new Py.FrozenSet(inner, "b") },
      };
      string path = Temporary("frozen.pt");
      using (var checkpoint = new Checkpoint())
      using (Value root = Value.From(all))
      {
        checkpoint.SetRoot(root);
        checkpoint.Save(path);
      }
      using (Checkpoint checkpoint = Checkpoint.Open(path))
      {
        Assert.Equal("builtins.frozenset", checkpoint.Root.Key(0).ClassName);
        Assert.Equal(3, checkpoint.Root.Key(0).Count);
        Assert.Equal("", checkpoint.Root["set"].ClassName);
        Assert.Equal(new[] { "", "builtins.frozenset" }, checkpoint.Root["set"].Select(member => member.ClassName).OrderBy(x => x));
        var back = (Py.Dict)checkpoint.Root.ToObject()!;
        Assert.Equal(all.Keys, back.Keys);
        Assert.Equal("key", back[new Py.FrozenSet(new Py.Tuple("a"), 1L, null, 1L)]);
        Assert.Equal("in a tuple", back[new Py.Tuple(inner)]);
        Assert.True(((HashSet<object?>)back["set"]!).SetEquals(new object?[] { 1L, inner }));
        Assert.Equal(all["nested"], back["nested"]);
        Assert.True(((Py.FrozenSet)back["nested"]!).Contains(inner));
        Assert.False(back.ContainsKey(new Py.FrozenSet(1L)));
      }
      using (Value one = Value.NewFrozenSet(1), frozen = Value.NewFrozenSet(one, "b"))
      {
        Assert.Equal(new Py.FrozenSet(new Py.FrozenSet(1L), "b"), frozen.ToObject());
        Fails(ErrorCode.Mismatch, () => frozen.Add(2));
      }
      using (Value dict = Value.NewDict())
      {
        dict.SetKey(new Py.FrozenSet(1), "a");
        dict.SetKey(new Py.FrozenSet(1), "b");
        Assert.Equal(2, dict.Count);
      }
      Fails(ErrorCode.Mismatch, () => Value.From(new Py.FrozenSet(new List<object?>())));
    }

    [Fact]
    public void EqualFrozenSetsThatShareMembersAreComparedInTime()
    {
      using (Value set = Value.NewSet(Doubling(60), Doubling(60)))
      {
        Assert.Equal(2, set.Count);
        Assert.Single((HashSet<object?>)set.ToObject()!);
      }
    }

    static Py.FrozenSet Doubling(int levels)
    {
      var set = new Py.FrozenSet();
      for (int i = 0; i < levels; i++) set = new Py.FrozenSet(set, new Py.Tuple(set));
      return set;
    }

    [Fact]
    public void EveryGoldenFileGoesThereAndBack()
    {
      int files = 0;
      foreach (string path in Directory.GetFiles(Path.GetDirectoryName(Data.File("x"))!).OrderBy(path => path, StringComparer.Ordinal))
      {
        Checkpoint checkpoint;
        try
        {
          checkpoint = Checkpoint.Open(path);
        }
        catch (WeightportException)
        {
          continue;
        }
        using (checkpoint)
        {
          files++;
          if (Path.GetFileName(path) == "recursive.pt")
          {
            Fails(ErrorCode.Unsupported, () => checkpoint.Root.ToObject());
            continue;
          }
          using (Value again = Value.From(checkpoint.Root.ToObject())) Assert.Equal(Text(checkpoint.Root), Text(again));
        }
      }
      Assert.True(files > 60, files + " files");
    }

    /// <summary>All that comes back: kinds, values, tensors, and the order of everything but sets.</summary>
    static string Text(Value value)
    {
      switch (value.Kind)
      {
        case Kind.Tensor:
          using (Tensor tensor = value.AsTensor()) return tensor + " of " + tensor.StorageId;
        case Kind.DType: return value.DTypeName!;
        case Kind.Dict:
          return (value.ClassName == "collections.OrderedDict" ? "OrderedDict{" : "Dict{") +
            string.Join(", ", value.Entries.Select(entry => Text(entry.Key) + ": " + Text(entry.Value))) + "}";
        case Kind.Object: return value.ClassName + Text("args", value.Args) + Text("attributes", value.Attributes);
        case Kind.Set:
          return value.ClassName + "Set[" + string.Join(", ", value.Select(Text).OrderBy(text => text, StringComparer.Ordinal)) + "]";
        case Kind.List: case Kind.Tuple: case Kind.Size: return value.Kind + "[" + string.Join(", ", value.Select(Text)) + "]";
        default: return value.Kind + Walk.Form(value);
      }
    }

    static string Text(string name, Value? part) => part == null ? "" : " " + name + Text(part);
  }
}
