// SPDX-License-Identifier: MIT
using System;
using System.Collections;
using System.Globalization;
using System.Linq;
using System.Numerics;
using Weightport.Internal;

namespace Weightport
{
  /// <content>What objects of .NET become.</content>
  public sealed partial class Value
  {
    /// <summary>A value of null, a bool, an integer of any type, a float or double, a Complex, a string, bytes, a DType, a Tensor,
    /// a StateDict, a Value (copied), a dictionary (a dict in its order), a set (a set), another sequence (a list), or what <see
    /// cref="Python"/> has; in these, of the same again, and what is in several places is one node, but what is empty is a new one
    /// in each, and the members of a frozenset are nodes of its own. It is a tree of its own, for the caller to dispose of or to
    /// leave to the collector, in which tensors are shared. <see cref="ToObject"/> is the way back. Any thread may call this while
    /// none changes the object. Errors: <see cref="ErrorCode.Unsupported"/> (another type, or an array of several dimensions: make
    /// a Tensor of it), <see cref="ErrorCode.Limit"/> (nested more than 1,000 levels deep, as what contains itself is), <see
    /// cref="ErrorCode.Mismatch"/> (a key or a member of a set or frozenset that Python cannot hash).</summary>
    public static Value From(object? item)
    {
      if (item == null) return Make(NativePINVOKE.wp_value_create_none);
      if (IsContainer(item)) return Folding.Of(item);
      if (item is Value) return ((Value)item).Clone();
      if (item is Tensor) return FromTensor((Tensor)item);
      if (item is StateDict) return ((StateDict)item).ToValue();
      if (item is string) return FromString((string)item);
      if (item is byte[]) return FromBytes((byte[])item);
      if (item is DType) return FromDType((DType)item);
      if (item is Python.Device) return NewDevice(((Python.Device)item).Name);
      if (item is Python.Size) return NewSize(((Python.Size)item).ToArray());
      return FromNumber(item);
    }

    // The runtime takes a sbyte[] for a byte[] too.
    static bool IsContainer(object item) =>
      item is Python.Instance || item is IEnumerable && item.GetType() != typeof(byte[]) &&
      !(item is string || item is Value || item is StateDict || item is Python.Size);

    // As many levels of containers as C allows a file.
    static void CheckDepth(int levels)
    {
      const int most = 1000;
      if (levels > most) throw new WeightportException(ErrorCode.Limit, "values are nested deeper than " + most + " levels");
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
      return Own(made);
    }

    static Value FromDType(DType dtype) => Make((out IntPtr made) => NativePINVOKE.wp_value_create_dtype(out made, (int)dtype));
  }
}
