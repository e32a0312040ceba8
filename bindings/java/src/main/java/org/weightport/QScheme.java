// SPDX-License-Identifier: MIT
package org.weightport;

/** torch.qscheme. */
public enum QScheme {
  /** An ordinary tensor. */
  NONE(-1),
  /** One scale and zero point. */
  PER_TENSOR_AFFINE(0),
  /** A scale and zero point for each channel. */
  PER_CHANNEL_AFFINE(1),
  /** One scale. */
  PER_TENSOR_SYMMETRIC(2),
  /** A scale for each channel. */
  PER_CHANNEL_SYMMETRIC(3),
  /** As PER_CHANNEL_AFFINE, with float zero points. */
  PER_CHANNEL_AFFINE_FLOAT_QPARAMS(4);

  final int number;

  QScheme(int number) {
    this.number = number;
  }

  static QScheme of(int number) {
    for (QScheme each : values()) {
      if (each.number == number) return each;
    }
    throw new WeightportException(Code.UNSUPPORTED, "", "qscheme " + number + " is newer than this class");
  }
}
