// SPDX-License-Identifier: MIT
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Weightport.Internal;

namespace Weightport
{
  /// <summary>What a <see cref="Value"/> is.</summary>
  public enum Kind
  {
    /// <summary>None.</summary>
    None = 0,
    /// <summary>True or False.</summary>
    Bool = 1,
    /// <summary>An int of any size.</summary>
    Int = 2,
    /// <summary>A double.</summary>
    Float = 3,
    /// <summary>Two doubles.</summary>
    Complex = 4,
    /// <summary>A str.</summary>
    String = 5,
    /// <summary>bytes or bytearray.</summary>
    Bytes = 6,
    /// <summary>A list.</summary>
    List = 7,
    /// <summary>A tuple.</summary>
    Tuple = 8,
    /// <summary>set or frozenset: see <see cref="Value.ClassName"/>.</summary>
    Set = 9,
    /// <summary>Ordered; dict, OrderedDict, defaultdict, Counter: see <see cref="Value.ClassName"/>.</summary>
    Dict = 10,
    /// <summary>Also a Parameter, and a numpy array of a dtype that PyTorch has.</summary>
    Tensor = 11,
    /// <summary>torch.float32, or a numpy dtype that PyTorch has.</summary>
    DType = 12,
    /// <summary>torch.device.</summary>
    Device = 13,
    /// <summary>torch.Size.</summary>
    Size = 14,
    /// <summary>Anything else: see <see cref="Value.ClassName"/>, <see cref="Value.Args"/>, <see cref="Value.Attributes"/>.</summary>
    Object = 15,
  }

  /// <summary>
  /// A node of the tree of Python values that a checkpoint holds. Whatever it describes is data: nothing is imported, called or
  /// run. Any number of threads may read a tree while none edits it.
  /// </summary>
  /// <remarks>The nodes of a tree live together: those of a checkpoint until its Dispose, those of a tree that was made until
  /// Dispose of the value that was made. Disposing of another node does nothing.</remarks>
  public sealed partial class Value : IEnumerable<Value>, IDisposable
  {
    readonly TreeHandle tree;
    readonly IntPtr node;
    readonly bool owns;

    /// <summary>A node that is borrowed from a tree.</summary>
    internal Value(TreeHandle tree, IntPtr node, bool owns = false)
    {
      this.tree = tree;
      this.node = node;
      this.owns = owns;
    }

    /// <summary>Takes a new reference of C's.</summary>
    internal static Value Own(IntPtr address) => new Value(new TreeHandle(address), address, true);

    /// <summary>Gives up the tree that was made; a second call does nothing.</summary>
    public void Dispose()
    {
      if (owns) tree.Dispose();
    }

    /// <summary>What the node is.</summary>
    public Kind Kind
    {
      get { using (new Borrow(tree)) return (Kind)NativePINVOKE.wp_value_kind(node); }
    }

    delegate IntPtr Getter<T>(out T result, IntPtr value);

    T Get<T>(Getter<T> getter)
    {
      using (new Borrow(tree))
      {
        T result;
        Failure.Check(getter(out result, node));
        return result;
      }
    }

    /// <summary>A bool. Errors of this and the following: <see cref="ErrorCode.Mismatch"/> for another kind.</summary>
    public bool AsBool() => Get<byte>(NativePINVOKE.wp_value_get_bool) != 0;

    /// <summary>An int, or a bool as 0 or 1. Errors: <see cref="ErrorCode.Limit"/> if it needs more than 64 bits.</summary>
    public long AsInt64() => Get<long>(NativePINVOKE.wp_value_get_int);

    /// <summary>An int of any size.</summary>
    public BigInteger AsBigInteger()
    {
      using (new Borrow(tree))
      {
        IntPtr text = NativePINVOKE.wp_value_get_int_text(node);
        return text == IntPtr.Zero ? AsInt64() : BigInteger.Parse(Utf8.Text(text), CultureInfo.InvariantCulture);
      }
    }

    /// <summary>A float, or an int rounded to the nearest one.</summary>
    public double AsDouble() => Get<double>(NativePINVOKE.wp_value_get_float);

    /// <summary>A complex number, or a float or int without an imaginary part.</summary>
    public Complex AsComplex()
    {
      using (new Borrow(tree))
      {
        double real, imaginary;
        Failure.Check(NativePINVOKE.wp_value_get_complex(out real, out imaginary, node));
        return new Complex(real, imaginary);
      }
    }

    /// <summary>A str.</summary>
    public string AsString()
    {
      using (new Borrow(tree))
      {
        IntPtr text;
        UIntPtr size;
        Failure.Check(NativePINVOKE.wp_value_get_string(out text, out size, node));
        return Utf8.Text(text, (long)size);
      }
    }

    /// <summary>A copy of bytes.</summary>
    public byte[] AsBytes()
    {
      using (new Borrow(tree))
      {
        IntPtr address;
        UIntPtr size;
        Failure.Check(NativePINVOKE.wp_value_get_bytes(out address, out size, node));
        var bytes = new byte[checked((int)size)];
        if (bytes.Length > 0) Marshal.Copy(address, bytes, 0, bytes.Length);
        return bytes;
      }
    }

    /// <summary>A dtype.</summary>
    public DType AsDType() => (DType)Get<int>(NativePINVOKE.wp_value_get_dtype);

    /// <summary>A dtype's name, "float32"; null for other kinds.</summary>
    public string? DTypeName
    {
      get { using (new Borrow(tree)) return Utf8.TextOrNull(NativePINVOKE.wp_value_get_dtype_name(node)); }
    }

    /// <summary>A device, "cuda:0".</summary>
    public string AsDevice()
    {
      using (new Borrow(tree))
      {
        IntPtr text;
        Failure.Check(NativePINVOKE.wp_value_get_device(out text, node));
        return Utf8.Text(text);
      }
    }

    /// <summary>A tensor.</summary>
    public Tensor AsTensor()
    {
      using (new Borrow(tree))
      {
        IntPtr address = NativePINVOKE.wp_value_tensor(node);
        if (address != IntPtr.Zero) return new Tensor(NativePINVOKE.wp_tensor_retain(address));
        throw new WeightportException(ErrorCode.Mismatch, "expected a tensor, found a value of kind " + Kind);
      }
    }

    /// <summary>The state_dict of a dict of tensors with string keys, or of a pickled torch.nn.Module.</summary>
    public StateDict AsStateDict() => new StateDict(Get<IntPtr>(NativePINVOKE.wp_state_dict_from_value));

    /// <summary>Number of items of a list, tuple, set or size, or of entries of a dict; 0 for the rest.</summary>
    public int Count
    {
      get { using (new Borrow(tree)) return (int)NativePINVOKE.wp_value_size(node); }
    }

    /// <summary>Item `index`, or the value of dict entry `index`, in order.</summary>
    public Value this[int index]
    {
      get
      {
        using (new Borrow(tree))
        {
          if (index >= 0)
          {
            IntPtr item = NativePINVOKE.wp_value_item(node, (UIntPtr)index);
            if (item != IntPtr.Zero) return new Value(tree, item);
          }
          throw new ArgumentOutOfRangeException(nameof(index));
        }
      }
    }

    /// <summary>The dict value of a string key. Errors: KeyNotFoundException.</summary>
    public Value this[string key] => Find(key) ?? throw new KeyNotFoundException("no entry has the key \"" + key + "\"");

    /// <summary>Key of dict entry `index`: any value that Python can hash.</summary>
    public Value Key(int index)
    {
      using (new Borrow(tree))
      {
        if (index >= 0)
        {
          IntPtr key = NativePINVOKE.wp_value_key(node, (UIntPtr)index);
          if (key != IntPtr.Zero) return new Value(tree, key);
        }
        throw new ArgumentOutOfRangeException(nameof(index));
      }
    }

    /// <summary>The dict value of a string key, or null.</summary>
    public Value? Find(string key)
    {
      byte[] utf8 = Utf8.Bytes(key);
      using (new Borrow(tree)) return Borrowed(NativePINVOKE.wp_value_find(node, utf8, Utf8.Size(utf8)));
    }

    /// <summary>The dict value of an int key, or null.</summary>
    public Value? Find(long key)
    {
      using (new Borrow(tree)) return Borrowed(NativePINVOKE.wp_value_find_int(node, key));
    }

    /// <summary>The node at a path such as "optimizer.param_groups.0.lr": at each node the longest key or attribute that matches
    /// is taken. Errors: <see cref="ErrorCode.NotFound"/>, whose message names the step that is missing.</summary>
    public Value At(string path)
    {
      byte[] utf8 = Utf8.Terminated(path);
      using (new Borrow(tree))
      {
        IntPtr found;
        Failure.Check(NativePINVOKE.wp_value_at(out found, node, utf8));
        return new Value(tree, found);
      }
    }

    /// <summary>The items of a list, tuple, set or size; the values of a dict.</summary>
    public IEnumerator<Value> GetEnumerator()
    {
      for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The entries of a dict.</summary>
    public IEnumerable<KeyValuePair<Value, Value>> Entries
    {
      get
      {
        for (int i = 0; i < Count; i++) yield return new KeyValuePair<Value, Value>(Key(i), this[i]);
      }
    }

    /// <summary>Python's "module.Class" of an object, of a class that is named as a value, of a dict that is not a plain one, of
    /// a tensor subclass, of a numpy array and of a frozenset ("builtins.frozenset"); "" otherwise.</summary>
    public string ClassName
    {
      get { using (new Borrow(tree)) return Utf8.Text(NativePINVOKE.wp_value_class(node)); }
    }

    /// <summary>Whether this is a class or function itself, and not an object of it.</summary>
    public bool IsClass
    {
      get { using (new Borrow(tree)) return NativePINVOKE.wp_value_is_class(node) != 0; }
    }

    /// <summary>Constructor arguments of an object, a tuple; null if there are none.</summary>
    public Value? Args
    {
      get { using (new Borrow(tree)) return Borrowed(NativePINVOKE.wp_value_args(node)); }
    }

    /// <summary>Attributes: a dict, or whatever its class pickled as its state; null if there are none.</summary>
    public Value? Attributes
    {
      get { using (new Borrow(tree)) return Borrowed(NativePINVOKE.wp_value_attributes(node)); }
    }

    Value? Borrowed(IntPtr address) => address == IntPtr.Zero ? null : new Value(tree, address);

    /// <summary>A copy of the node and all below it in a tree of its own; tensors are shared.</summary>
    public Value Clone() => Own(Get<IntPtr>(NativePINVOKE.wp_value_clone));

#pragma warning disable CS1591 // As the methods they call.
    public static explicit operator bool(Value value) => value.AsBool();
    public static explicit operator long(Value value) => value.AsInt64();
    public static explicit operator int(Value value) => checked((int)value.AsInt64());
    public static explicit operator double(Value value) => value.AsDouble();
    public static explicit operator string(Value value) => value.AsString();
#pragma warning restore CS1591
  }
}
