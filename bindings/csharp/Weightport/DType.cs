// SPDX-License-Identifier: MIT
using System;
using System.Numerics;
using System.Runtime.InteropServices;
using Weightport.Internal;

namespace Weightport
{
#pragma warning disable CS1591 // The names are PyTorch's.
  /// <summary>Element type: PyTorch's dtypes under the numbers of c10::ScalarType.</summary>
  public enum DType
  {
    Undefined = -1, UInt8 = 0, Int8 = 1, Int16 = 2, Int32 = 3, Int64 = 4, Float16 = 5, Float32 = 6, Float64 = 7,
    Complex32 = 8, Complex64 = 9, Complex128 = 10, Bool = 11, QInt8 = 12, QUInt8 = 13, QInt32 = 14, BFloat16 = 15,
    QUInt4x2 = 16, QUInt2x4 = 17, Bits1x8 = 18, Bits2x4 = 19, Bits4x2 = 20, Bits8 = 21, Bits16 = 22,
    Float8E5M2 = 23, Float8E4M3FN = 24, Float8E5M2FNUZ = 25, Float8E4M3FNUZ = 26, UInt16 = 27, UInt32 = 28, UInt64 = 29,
    UInt1 = 30, UInt2 = 31, UInt3 = 32, UInt4 = 33, UInt5 = 34, UInt6 = 35, UInt7 = 36,
    Int1 = 37, Int2 = 38, Int3 = 39, Int4 = 40, Int5 = 41, Int6 = 42, Int7 = 43, Float8E8M0FNU = 44, Float4E2M1FNx2 = 45,
    BComplex32 = 46,
  }
#pragma warning restore CS1591

  /// <summary>What is known of a <see cref="DType"/>.</summary>
  public static class DTypes
  {
    /// <summary>PyTorch's name without "torch.": "float32".</summary>
    public static string Name(this DType dtype) => Utf8.Text(NativePINVOKE.wp_dtype_name((int)dtype));

    /// <summary>Bytes of one element.</summary>
    public static int ItemSize(this DType dtype) => (int)NativePINVOKE.wp_dtype_itemsize((int)dtype);

    /// <summary>The dtype of a name, with or without "torch."; <see cref="DType.Undefined"/> if there is none.</summary>
    public static DType FromName(string name) => (DType)NativePINVOKE.wp_dtype_from_name(Utf8.Terminated(name));

    /// <summary>The dtype whose elements are T; <see cref="DType.Undefined"/> if there is none.</summary>
    public static DType Of<T>() where T : struct => Element<T>.DType;
  }

  /// <summary>The upper half of the bits of a float.</summary>
  public readonly struct BFloat16 : IEquatable<BFloat16>
  {
    /// <summary>Its bits.</summary>
    public readonly ushort Bits;

    /// <summary>The number of these bits.</summary>
    public BFloat16(ushort bits) { Bits = bits; }

    /// <summary>The same number.</summary>
    public static explicit operator float(BFloat16 number) => BitConverter.Int32BitsToSingle(number.Bits << 16);

    /// <summary>Whether the bits are the same.</summary>
    public bool Equals(BFloat16 other) => Bits == other.Bits;

    /// <inheritdoc/>
    public override bool Equals(object? other) => other is BFloat16 && Equals((BFloat16)other);

    /// <inheritdoc/>
    public override int GetHashCode() => Bits;

    /// <inheritdoc/>
    public override string ToString() => ((float)this).ToString();
  }

  /// <summary>Two floats: an element of a complex64 tensor. Complex is one of a complex128 tensor.</summary>
  [StructLayout(LayoutKind.Sequential)]
  public readonly struct Complex64
  {
    /// <summary>The real part.</summary>
    public readonly float Real;

    /// <summary>The imaginary part.</summary>
    public readonly float Imaginary;

    /// <summary>A number of two parts.</summary>
    public Complex64(float real, float imaginary)
    {
      Real = real;
      Imaginary = imaginary;
    }

    /// <summary>The same number.</summary>
    public static implicit operator Complex(Complex64 number) => new Complex(number.Real, number.Imaginary);
  }
}

namespace Weightport.Internal
{
  /// <summary>The types of .NET that elements can be seen as.</summary>
  internal static class Element<T> where T : struct
  {
    internal static readonly DType DType = Find();

    static DType Find()
    {
      if (typeof(T) == typeof(float)) return DType.Float32;
      if (typeof(T) == typeof(double)) return DType.Float64;
      if (typeof(T) == typeof(BFloat16)) return DType.BFloat16;
#if NET5_0_OR_GREATER
      if (typeof(T) == typeof(Half)) return DType.Float16;
#endif
      if (typeof(T) == typeof(byte)) return DType.UInt8;
      if (typeof(T) == typeof(sbyte)) return DType.Int8;
      if (typeof(T) == typeof(short)) return DType.Int16;
      if (typeof(T) == typeof(ushort)) return DType.UInt16;
      if (typeof(T) == typeof(int)) return DType.Int32;
      if (typeof(T) == typeof(uint)) return DType.UInt32;
      if (typeof(T) == typeof(long)) return DType.Int64;
      if (typeof(T) == typeof(ulong)) return DType.UInt64;
      if (typeof(T) == typeof(bool)) return DType.Bool;
      if (typeof(T) == typeof(Complex64)) return DType.Complex64;
      if (typeof(T) == typeof(Complex)) return DType.Complex128;
      return DType.Undefined;
    }
  }
}
