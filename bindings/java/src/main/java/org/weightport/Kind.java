// SPDX-License-Identifier: MIT
package org.weightport;

import org.weightport.internal.Native;

/** What a {@link Value} is. */
public enum Kind {
  /** None. */
  NONE(0),
  /** A bool. */
  BOOL(1),
  /** An int of any size. */
  INT(2),
  /** A float. */
  FLOAT(3),
  /** A complex number. */
  COMPLEX(4),
  /** A string. */
  STRING(5),
  /** bytes or bytearray. */
  BYTES(6),
  /** A list. */
  LIST(7),
  /** A tuple. */
  TUPLE(8),
  /** A set, or a frozenset: see {@link Value#className()}. */
  SET(9),
  /** dict, OrderedDict, defaultdict, Counter: see {@link Value#className()}. */
  DICT(10),
  /** A tensor, a Parameter, or a numpy array of a dtype that PyTorch has. */
  TENSOR(11),
  /** torch.float32, or a numpy dtype that PyTorch has. */
  DTYPE(12),
  /** A torch.device. */
  DEVICE(13),
  /** torch.Size: a tuple of ints. */
  SIZE(14),
  /** Anything else: see {@link Value#className()}, {@link Value#args()}, {@link Value#attributes()}. */
  OBJECT(15);

  final int number;

  Kind(int number) {
    this.number = number;
  }

  /** "none", "bool", ... "object". */
  @Override
  public String toString() {
    return Utf8.at(Native.wp_kind_name(number));
  }

  static Kind of(int number) {
    for (Kind each : values()) {
      if (each.number == number) return each;
    }
    throw new WeightportException(Code.UNSUPPORTED, "", "kind " + number + " is newer than this class");
  }
}
