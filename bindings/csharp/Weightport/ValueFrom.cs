// SPDX-License-Identifier: MIT
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using Weightport.Internal;

namespace Weightport
{
  /// <content>Making values. Each is a tree of its own, for the caller to dispose of or to leave to the collector.</content>
  public sealed partial class Value
  {
    delegate IntPtr Maker(out IntPtr made);

    static Value Make(Maker maker)
    {
      IntPtr address;
      Failure.Check(maker(out address));
      return Own(address, null);
    }

    /// <summary>A value of null, a bool, an integer of any type, a float or double, a Complex, a string, bytes, a DType, a Tensor, a
    /// StateDict, a Value (copied), a dictionary (a dict in its order), or another sequence (a list). For what .NET has no type
    /// for, there are <see cref="NewTuple"/>, <see cref="NewSet"/>, <see cref="NewOrderedDict"/> and so on. Errors:
    /// <see cref="ErrorCode.Unsupported"/> for another type.</summary>
    public static Value From(object? item)
    {
      if (item == null) return Make(NativePINVOKE.wp_value_create_none);
      if (item is Value) return ((Value)item).Clone();
      if (item is Tensor) return FromTensor((Tensor)item);
      if (item is StateDict) return ((StateDict)item).ToValue();
      if (item is string) return FromString((string)item);
      if (item is byte[]) return FromBytes((byte[])item);
      if (item is DType) return Make((out IntPtr made) => NativePINVOKE.wp_value_create_dtype(out made, (int)(DType)item));
      if (item is IDictionary) return FromDictionary((IDictionary)item);
      if (item is IEnumerable) return NewList(((IEnumerable)item).Cast<object?>().ToArray());
      return FromNumber(item);
    }

    static Value FromNumber(object item)
    {
      if (item is bool) return Make((out IntPtr made) => NativePINVOKE.wp_value_create_bool(out made, (byte)((bool)item ? 1 : 0)));
      if (item is BigInteger || item is ulong)
      {
        byte[] text = Utf8.Terminated(((IFormattable)item).ToString("D", CultureInfo.InvariantCulture));
        return Make((out IntPtr made) => NativePINVOKE.wp_value_create_int_text(out made, text));
      }
      if (item is Complex)
      {
        var number = (Complex)item;
        return Make((out IntPtr made) => NativePINVOKE.wp_value_create_complex(out made, number.Real, number.Imaginary));
      }
      if (item is float || item is double)
      {
        double number = System.Convert.ToDouble(item, CultureInfo.InvariantCulture);
        return Make((out IntPtr made) => NativePINVOKE.wp_value_create_float(out made, number));
      }
      if (item is long || item is int || item is short || item is sbyte || item is uint || item is ushort || item is byte)
      {
        long number = System.Convert.ToInt64(item, CultureInfo.InvariantCulture);
        return Make((out IntPtr made) => NativePINVOKE.wp_value_create_int(out made, number));
      }
      throw new WeightportException(ErrorCode.Unsupported, "a value cannot be made of a " + item.GetType());
    }

    static Value FromTensor(Tensor tensor)
    {
      using (var borrow = new Borrow(tensor.Handle))
      {
        IntPtr address = borrow.Address;
        return Make((out IntPtr made) => NativePINVOKE.wp_value_create_tensor(out made, address));
      }
    }

    static Value FromString(string text)
    {
      byte[] utf8 = Utf8.Bytes(text);
      return Make((out IntPtr made) => NativePINVOKE.wp_value_create_string(out made, utf8, Utf8.Size(utf8)));
    }

    static unsafe Value FromBytes(byte[] bytes)
    {
      IntPtr made;
      byte none = 0;
      fixed (byte* first = bytes)
      {
        Failure.Check(NativePINVOKE.wp_value_create_bytes(out made, bytes.Length == 0 ? &none : first, (UIntPtr)bytes.Length));
      }
      return Own(made, null);
    }

    static Value FromDictionary(IDictionary entries)
    {
      var pairs = new List<(object?, object?)>();
      foreach (DictionaryEntry entry in entries) pairs.Add((entry.Key, entry.Value));
      return NewDict(pairs.ToArray());
    }

    /// <summary>A tree out of JSON: objects become dicts in their order, arrays lists, whole numbers ints, others floats. Errors:
    /// <see cref="ErrorCode.Corrupt"/>.</summary>
    public static Value FromJson(string json)
    {
      byte[] utf8 = Utf8.Bytes(json);
      return Make((out IntPtr made) => NativePINVOKE.wp_value_from_json(out made, utf8, Utf8.Size(utf8)));
    }

    /// <summary>A list.</summary>
    public static Value NewList(params object?[] items) => Fill(NativePINVOKE.wp_value_create_list, items);

    /// <summary>A set.</summary>
    public static Value NewSet(params object?[] members) => Fill(NativePINVOKE.wp_value_create_set, members);

    static Value Fill(Maker maker, object?[] items)
    {
      Value container = Make(maker);
      try
      {
        foreach (object? item in items) container.Add(item);
        return container;
      }
      catch
      {
        container.Dispose();
        throw;
      }
    }

    /// <summary>A tuple.</summary>
    public static Value NewTuple(params object?[] items)
    {
      var made = new List<Argument>();
      try
      {
        foreach (object? item in items) made.Add(new Argument(item));
        IntPtr[] addresses = made.Select(item => item.Address).ToArray();
        return Make((out IntPtr tuple) =>
          NativePINVOKE.wp_value_create_tuple(out tuple, addresses, (UIntPtr)addresses.Length));
      }
      finally
      {
        foreach (Argument item in made) item.Dispose();
      }
    }

    /// <summary>A dict in the order of its entries.</summary>
    public static Value NewDict(params (object?, object?)[] entries) => Fill(NativePINVOKE.wp_value_create_dict, entries);

    /// <summary>A collections.OrderedDict.</summary>
    public static Value NewOrderedDict(params (object?, object?)[] entries) =>
      Fill(NativePINVOKE.wp_value_create_ordered_dict, entries);

    static Value Fill(Maker maker, (object?, object?)[] entries)
    {
      Value dict = Make(maker);
      try
      {
        foreach ((object?, object?) entry in entries) dict.SetKey(entry.Item1, entry.Item2);
        return dict;
      }
      catch
      {
        dict.Dispose();
        throw;
      }
    }

    /// <summary>A torch.Size.</summary>
    public static unsafe Value NewSize(params long[] shape)
    {
      IntPtr made;
      fixed (long* sizes = shape) Failure.Check(NativePINVOKE.wp_value_create_size(out made, sizes, (UIntPtr)shape.Length));
      return Own(made, null);
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
