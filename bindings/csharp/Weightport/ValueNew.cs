// SPDX-License-Identifier: MIT
using System;
using Weightport.Internal;

namespace Weightport
{
  /// <content>Making values kind by kind. Each is a tree of its own, for the caller to dispose of or to leave to the collector. What
  /// is put in is what <see cref="From"/> makes of it.</content>
  public sealed partial class Value
  {
    delegate IntPtr Maker(out IntPtr made);

    static Value Make(Maker maker)
    {
      IntPtr address;
      Failure.Check(maker(out address));
      return Own(address);
    }

    /// <summary>A tree out of JSON: objects become dicts in their order, arrays lists, whole numbers ints, others floats. Errors:
    /// <see cref="ErrorCode.Corrupt"/>.</summary>
    public static Value FromJson(string json)
    {
      byte[] utf8 = Utf8.Bytes(json);
      return Make((out IntPtr made) => NativePINVOKE.wp_value_from_json(out made, utf8, Utf8.Size(utf8)));
    }

    /// <summary>A list.</summary>
    public static Value NewList(params object?[] items) => Folding.Of(items ?? throw new ArgumentNullException(nameof(items)));

    /// <summary>A set.</summary>
    public static Value NewSet(params object?[] members) =>
      Folding.Of(members ?? throw new ArgumentNullException(nameof(members)), NativePINVOKE.wp_value_create_set);

    /// <summary>A frozenset, which may be a key of a dict or a member of a set.</summary>
    public static Value NewFrozenSet(params object?[] members) => From(new Python.FrozenSet(members));

    /// <summary>A tuple.</summary>
    public static Value NewTuple(params object?[] items) => From(new Python.Tuple(items));

    /// <summary>A dict in the order of its entries.</summary>
    public static Value NewDict(params (object?, object?)[] entries) =>
      Folding.Of(entries ?? throw new ArgumentNullException(nameof(entries)), NativePINVOKE.wp_value_create_dict);

    /// <summary>A collections.OrderedDict.</summary>
    public static Value NewOrderedDict(params (object?, object?)[] entries) =>
      Folding.Of(entries ?? throw new ArgumentNullException(nameof(entries)), NativePINVOKE.wp_value_create_ordered_dict);

    /// <summary>A torch.Size.</summary>
    public static unsafe Value NewSize(params long[] shape)
    {
      if (shape == null) throw new ArgumentNullException(nameof(shape));
      IntPtr made;
      fixed (long* sizes = shape) Failure.Check(NativePINVOKE.wp_value_create_size(out made, sizes, (UIntPtr)shape.Length));
      return Own(made);
    }

    /// <summary>A torch.device: "cpu", "cuda:0".</summary>
    public static Value NewDevice(string name)
    {
      byte[] utf8 = Utf8.Terminated(name);
      return Make((out IntPtr made) => NativePINVOKE.wp_value_create_device(out made, utf8));
    }

    /// <summary>An object of a class, which Python imports when it loads the file; torch.load(weights_only=True) refuses
    /// most.</summary>
    /// <param name="className">"module.Class"</param>
    /// <param name="args">a tuple, with which Python calls the class; null: it makes the object without a call</param>
    /// <param name="attributes">a dict, or null for none; with neither args nor attributes it is the class itself</param>
    public static Value NewObject(string className, Value? args = null, Value? attributes = null)
    {
      byte[] name = Utf8.Terminated(className);
      using (var first = new Argument(args))
      using (var second = new Argument(attributes))
      {
        IntPtr arguments = args == null ? IntPtr.Zero : first.Address, state = attributes == null ? IntPtr.Zero : second.Address;
        return Make((out IntPtr made) => NativePINVOKE.wp_value_create_object(out made, name, arguments, state));
      }
    }
  }
}
