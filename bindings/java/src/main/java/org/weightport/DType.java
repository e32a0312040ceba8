// SPDX-License-Identifier: MIT
package org.weightport;

import org.weightport.internal.Native;

/** Element type: PyTorch's. */
public enum DType {
  /** torch.uint8. */
  UINT8(0),
  /** torch.int8. */
  INT8(1),
  /** torch.int16. */
  INT16(2),
  /** torch.int32. */
  INT32(3),
  /** torch.int64. */
  INT64(4),
  /** torch.float16. */
  FLOAT16(5),
  /** torch.float32. */
  FLOAT32(6),
  /** torch.float64. */
  FLOAT64(7),
  /** Two float16: real, imaginary. */
  COMPLEX32(8),
  /** Two float32. */
  COMPLEX64(9),
  /** Two float64. */
  COMPLEX128(10),
  /** One byte, 0 or 1. */
  BOOL(11),
  /** torch.qint8. */
  QINT8(12),
  /** torch.quint8. */
  QUINT8(13),
  /** torch.qint32. */
  QINT32(14),
  /** torch.bfloat16. */
  BFLOAT16(15),
  /** Two values in a byte. */
  QUINT4X2(16),
  /** Four values in a byte. */
  QUINT2X4(17),
  /** torch.bits1x8. */
  BITS1X8(18),
  /** torch.bits2x4. */
  BITS2X4(19),
  /** torch.bits4x2. */
  BITS4X2(20),
  /** torch.bits8. */
  BITS8(21),
  /** torch.bits16. */
  BITS16(22),
  /** torch.float8_e5m2. */
  FLOAT8_E5M2(23),
  /** torch.float8_e4m3fn. */
  FLOAT8_E4M3FN(24),
  /** torch.float8_e5m2fnuz. */
  FLOAT8_E5M2FNUZ(25),
  /** torch.float8_e4m3fnuz. */
  FLOAT8_E4M3FNUZ(26),
  /** torch.uint16. */
  UINT16(27),
  /** torch.uint32. */
  UINT32(28),
  /** torch.uint64. */
  UINT64(29),
  /** uint1 to uint7 and int1 to int7 take one byte an element. */
  UINT1(30),
  /** torch.uint2. */
  UINT2(31),
  /** torch.uint3. */
  UINT3(32),
  /** torch.uint4. */
  UINT4(33),
  /** torch.uint5. */
  UINT5(34),
  /** torch.uint6. */
  UINT6(35),
  /** torch.uint7. */
  UINT7(36),
  /** torch.int1. */
  INT1(37),
  /** torch.int2. */
  INT2(38),
  /** torch.int3. */
  INT3(39),
  /** torch.int4. */
  INT4(40),
  /** torch.int5. */
  INT5(41),
  /** torch.int6. */
  INT6(42),
  /** torch.int7. */
  INT7(43),
  /** torch.float8_e8m0fnu. */
  FLOAT8_E8M0FNU(44),
  /** Two values in a byte. */
  FLOAT4_E2M1FN_X2(45),
  /** torch.bcomplex32: two bfloat16. */
  BCOMPLEX32(46),
  /** No dtype of PyTorch's. */
  UNDEFINED(-1);

  private static final DType[] ALL = values();

  final int number;
  private final String name;
  private final int itemSize;

  DType(int number) {
    this.number = number;
    name = Utf8.at(Native.wp_dtype_name(number));
    itemSize = (int) Native.wp_dtype_itemsize(number);
  }

  /**
   * Bytes of one element.
   *
   * @return 0 for UNDEFINED
   */
  public int itemSize() {
    return itemSize;
  }

  /**
   * PyTorch's name without "torch.".
   *
   * @return "float32"
   */
  @Override
  public String toString() {
    return name;
  }

  /**
   * The dtype of a name.
   *
   * @param name with or without "torch."
   * @return UNDEFINED if there is none
   */
  public static DType of(String name) {
    return of(Native.wp_dtype_from_name(Utf8.text(name)));
  }

  static DType of(int number) {
    return number >= 0 && number < ALL.length - 1 ? ALL[number] : UNDEFINED;
  }
}
