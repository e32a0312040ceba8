// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Threading;
using Xunit;
using Py = Weightport.Python;

namespace Weightport.Tests
{
  public class ValueTests : Test
  {
    [Fact]
    public void EveryKindIsMadeAndRead()
    {
      using (Tensor tensor = Tensor.From(new float[] { 1, 2 }))
      using (Value list = Value.NewList(null, true, 7, -1L, ulong.MaxValue, BigInteger.Pow(10, 40), 0.5f, 2.25, new Complex(1, -2), "𝒲\ud800",
        new byte[] { 1, 0, 255 }, new byte[0], DType.BFloat16, tensor, new[] { 1, 2 }, new List<string> { "a" }))
      {
        Assert.Equal(16, list.Count);
        Assert.Equal(Kind.None, list[0].Kind);
        Assert.True((bool)list[1]);
        Assert.Equal(7, (int)list[2]);
        Assert.Equal(-1L, (long)list[3]);
        Assert.Equal(new BigInteger(ulong.MaxValue), list[4].AsBigInteger());
        Assert.Equal(BigInteger.Pow(10, 40), list[5].AsBigInteger());
        Fails(ErrorCode.Limit, () => list[5].AsInt64());
        Assert.Equal(0.5, (double)list[6]);
        Assert.Equal(2.25, (double)list[7]);
        Assert.Equal(new Complex(1, -2), list[8].AsComplex());
        Assert.Equal("𝒲\ud800", (string)list[9]);
        Assert.Equal(new byte[] { 1, 0, 255 }, list[10].AsBytes());
        Assert.Empty(list[11].AsBytes());
        Assert.Equal(DType.BFloat16, list[12].AsDType());
        Assert.Equal("bfloat16", list[12].DTypeName);
        using (Tensor again = list[13].AsTensor()) Assert.Equal(tensor.StorageId, again.StorageId);
        Assert.Equal(new long[] { 1, 2 }, list[14].Select(item => item.AsInt64()).ToArray());
        Assert.Equal("a", (string)list[15][0]);
        Assert.Contains("string", Fails(ErrorCode.Mismatch, () => list[9].AsInt64()).Message);
        Fails(ErrorCode.Mismatch, () => list[9].AsTensor());
        Assert.Throws<ArgumentOutOfRangeException>(() => list[16]);
      }
    }

    [Fact]
    public void WhatPythonHasAndDotNetHasNotIsMade()
    {
      using (Value tuple = Value.NewTuple(1, "b"), set = Value.NewSet(1, 2), size = Value.NewSize(2, 3), device = Value.NewDevice("cuda:0"))
      using (Value ordered = Value.NewOrderedDict(("x", 1), (2, "y")), attributes = Value.NewDict(("lr", 0.1)))
      using (Value thing = Value.NewObject("argparse.Namespace", null, attributes), type = Value.NewObject("collections.Counter"))
      {
        Assert.Equal(Kind.Tuple, tuple.Kind);
        Assert.Equal(Kind.Set, set.Kind);
        Assert.Equal(new long[] { 2, 3 }, size.Select(item => (long)item).ToArray());
        Assert.Equal("cuda:0", device.AsDevice());
        Assert.Equal("collections.OrderedDict", ordered.ClassName);
        Assert.Equal("y", (string)ordered.Find(2)!);
        Assert.Equal("argparse.Namespace", thing.ClassName);
        Assert.Equal(0.1, (double)thing.At("lr"));
        Assert.Null(thing.Args);
        Assert.Equal("collections.Counter", type.ClassName);
        Fails(ErrorCode.Unsupported, () => Value.From(new object()));
      }
    }

    [Fact]
    public void WhatIsNestedTooDeeplyIsRefused()
    {
      var list = new List<object>();
      list.Add(list);
      var dict = new Dictionary<string, object>();
      dict["a"] = dict;
      object?[] items = { null };
      var tuple = new Py.Tuple(new object[] { items });
      items[0] = tuple;
      foreach (object own in new object[] { list, dict, tuple, new Py.Instance("a.B", null, dict), Nested(20000), Nested(1001) })
      {
        Assert.Contains("1000 levels", Fails(ErrorCode.Limit, () => Value.From(own)).Message);
      }
      // As small as the stacks of threads are under some hosts.
      OnStackOf(1 << 17, () => Value.From(Nested(1000)).Dispose());
      using (Value deep = Value.From(Nested(1000)))
      {
        OnStackOf(1 << 20, () => Assert.Single((List<object?>)deep.ToObject()!));
#if NET5_0_OR_GREATER // Mono does not know how much is left.
        OnStackOf(1 << 17, () => Fails(ErrorCode.Limit, () => deep.ToObject()));
#endif
      }
    }

    static void OnStackOf(int size, Action action)
    {
      Exception? failure = null;
      var thread = new Thread(() =>
      {
        try
        {
          action();
        }
        catch (Exception exception)
        {
          failure = exception;
        }
      }, size);
      thread.Start();
      thread.Join();
      Assert.Null(failure);
    }

    static object Nested(int levels)
    {
      object nested = 1;
      for (int i = 0; i < levels; i++) nested = new[] { nested };
      return nested;
    }

    [Fact]
    public void WhatIsInSeveralPlacesIsOneNode()
    {
      object shared = new List<object>();
      for (int i = 0; i < 100; i++) shared = new[] { shared, shared };
      using (Value root = Value.From(new Py.Tuple(shared, shared)))
      {
        root[0].Add("more");
        Assert.Equal(3, root[1].Count);
        Assert.Equal(3, ((List<object?>)((Py.Tuple)root.ToObject()!)[1]!).Count);
      }
    }

    [Fact]
    public void WhatIsEmptyIsApart()
    {
      var empty = new object[0];
      using (Value root = Value.From(new Py.Tuple(empty, empty, new Py.Instance("a.B", new Py.Tuple()), new Py.Instance("a.B"))))
      {
        root[0].Add("more");
        Assert.Equal(0, root[1].Count);
        Assert.False(root[2].IsClass);
        Assert.True(root[3].IsClass);
        var back = (Py.Tuple)root.ToObject()!;
        Assert.Empty(((Py.Instance)back[2]!).Args!);
        Assert.Null(((Py.Instance)back[3]!).Args);
      }
    }

    [Fact]
    public void DictionariesSetsAndArraysKeepTheirStructure()
    {
      IDictionary<string, object?> expando = new System.Dynamic.ExpandoObject()!;
      expando["lr"] = 0.5;
      expando["betas"] = new[] { 1, 2 };
      var read = new System.Collections.ObjectModel.ReadOnlyDictionary<int, string>(new Dictionary<int, string> { { 3, "x" } });
      using (Value made = Value.From(expando), other = Value.From(read), own = Value.From(new Only()))
      {
        Assert.Equal(2, own.Find(7)!.Count);
        Assert.Equal(Kind.Dict, made.Kind);
        Assert.Equal(0.5, (double)made["lr"]);
        Assert.Equal(2, (int)made.At("betas.1"));
        Assert.Equal("x", (string)other.Find(3)!);
      }
      using (Value set = Value.From(new HashSet<int> { 1, 2 }), sorted = Value.From(new SortedSet<string> { "a" }))
      using (Value signed = Value.From(new sbyte[] { -1, 2 }))
      {
        Assert.Equal(Kind.Set, set.Kind);
        Assert.Equal(2, set.Count);
        Assert.Equal(Kind.Set, sorted.Kind);
        Assert.Equal(-1, (int)signed[0]);
      }
      Assert.Contains("2 dimensions", Fails(ErrorCode.Unsupported, () => Value.From(new int[2, 2])).Message);
      Fails(ErrorCode.Mismatch, () => Value.From(new HashSet<object> { new List<int>() }));
    }

    // A dictionary by its generic interface only.
    sealed class Only : IReadOnlyDictionary<short, List<int>>
    {
      readonly Dictionary<short, List<int>> all = new Dictionary<short, List<int>> { { 7, new List<int> { 1, 2 } } };

      public List<int> this[short key] => all[key];
      public IEnumerable<short> Keys => all.Keys;
      public IEnumerable<List<int>> Values => all.Values;
      public int Count => all.Count;
      public bool ContainsKey(short key) => all.ContainsKey(key);
      public bool TryGetValue(short key, out List<int> value) => all.TryGetValue(key, out value!);
      public IEnumerator<KeyValuePair<short, List<int>>> GetEnumerator() => all.GetEnumerator();
      System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Fact]
    public void AValueSaysWhatItIs()
    {
      using (Tensor tensor = Tensor.Zeros(DType.Float32, 2, 3))
      using (Value list = Value.NewList(null, true, -5, 0.5, new Complex(1, -2), "a\nb", new string('x', 100), new byte[3], tensor,
        DType.Int64, new Py.Device("cuda:0"), new Py.Size(4), new Py.Tuple(1, 2), new Py.FrozenSet(1), new Py.OrderedDict(),
        new Dictionary<string, int> { { "lr", 1 } }, new Py.Instance("torch.nn.Linear", new Py.Tuple()), new Py.Instance("torch.nn.ReLU")))
      {
        Assert.Equal(new[]
        {
          "none", "bool True", "int -5", "float 0.5", "complex " + new Complex(1, -2).ToString(CultureInfo.InvariantCulture),
          "string \"a\\nb\"", "string \"" + new string('x', 60) + "\"...", "bytes of 3", "tensor float32 [2, 3]", "dtype int64",
          "device cuda:0", "size of 1", "tuple of 2", "set builtins.frozenset of 1", "dict collections.OrderedDict of 0", "dict of 1",
          "object torch.nn.Linear", "object torch.nn.ReLU itself",
        }, list.Select(item => item.ToString()).ToArray());
        list.Dispose();
        Assert.Equal("disposed value", list.ToString());
      }
    }

    [Fact]
    public void NullIsNoContainer()
    {
      Assert.Throws<ArgumentNullException>(() => Value.NewList(null!));
      Assert.Throws<ArgumentNullException>(() => Value.NewTuple(null!));
      Assert.Throws<ArgumentNullException>(() => Value.NewSet(null!));
      Assert.Throws<ArgumentNullException>(() => Value.NewFrozenSet(null!));
      Assert.Throws<ArgumentNullException>(() => Value.NewSize(null!));
      Assert.Throws<ArgumentNullException>(() => Value.NewDict(null!));
      Assert.Throws<ArgumentNullException>(() => Value.NewOrderedDict(null!));
    }

    [Fact]
    public void ContainersAreEdited()
    {
      using (Value root = Value.NewDict(("a", Value.NewList(1, 2, 3)), ("b", 1)))
      {
        root["a"].Add("four");
        root["a"].SetItem(0, 1.5);
        root["a"].RemoveAt(1);
        Assert.Equal(new[] { "Float", "Int", "String" }, root["a"].Select(item => item.Kind.ToString()).ToArray());
        root.Set("c", new Dictionary<string, int> { { "x", 1 } });
        root.Set(5, null);
        root.SetKey(Value.NewTuple(1, 2), "by tuple");
        root.Rename("b", "d");
        root.Remove("c");
        Fails(ErrorCode.NotFound, () => root.Remove("c"));
        Assert.Equal(new[] { "a", "d", "5", "(1, 2)" }, root.Entries.Select(entry => KeyText(entry.Key)).ToArray());
        Assert.Throws<KeyNotFoundException>(() => root["c"]);
        Assert.Contains("nothing", Fails(ErrorCode.NotFound, () => root.At("a.nothing")).Message);
        root.Set("a2", root["a"]);
        root["a"].Add(9);
        Assert.Equal(4, root["a2"].Count);
        using (Value copy = root["a"].Clone())
        {
          root["a"].Add(10);
          Assert.Equal(4, copy.Count);
        }
      }
      using (Value ordered = Value.NewOrderedDict())
      using (Value metadata = Value.NewDict(("_metadata", Value.NewDict())))
      {
        ordered.SetAttributes(metadata);
        Assert.Equal(1, ordered.Attributes!.Count);
        ordered.SetAttributes(null);
        Assert.Null(ordered.Attributes);
      }
    }

    static string KeyText(Value key) =>
      key.Kind == Kind.String ? (string)key
        : key.Kind == Kind.Tuple ? "(" + string.Join(", ", key.Select(item => (long)item)) + ")" : key.AsInt64().ToString();

    [Fact]
    public void JsonBecomesATree()
    {
      using (Value tree = Value.FromJson("{\"class\": \"Linear\", \"sizes\": [1, 2.5], \"𝒲\": null}"))
      {
        Assert.Equal("Linear", (string)tree["class"]);
        Assert.Equal(2.5, (double)tree.At("sizes.1"));
        Assert.Equal(Kind.None, tree["𝒲"].Kind);
      }
      Fails(ErrorCode.Corrupt, () => Value.FromJson("{"));
    }

    [Fact]
    public void StateDictsAndValuesBecomeEachOther()
    {
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar")))
      using (StateDict weights = checkpoint.Root["model_state_dict"].AsStateDict())
      using (Value value = weights.ToValue())
      {
        Assert.Equal(weights.Count, value.Count);
        Assert.Equal("collections.OrderedDict", value.ClassName);
        Fails(ErrorCode.Mismatch, () => checkpoint.Root["epoch"].AsStateDict());
      }
    }
  }
}
