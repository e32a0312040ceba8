// SPDX-License-Identifier: MIT
package org.weightport;

/** How the integers of a quantized tensor stand for real numbers. */
public final class Quantizer {
  private final QScheme scheme;
  private final double scale;
  private final long zeroPoint;
  private final long axis;

  Quantizer(QScheme scheme, double scale, long zeroPoint, long axis) {
    this.scheme = scheme;
    this.scale = scale;
    this.zeroPoint = zeroPoint;
    this.axis = axis;
  }

  /**
   * The scheme.
   *
   * @return never NONE
   */
  public QScheme scheme() {
    return scheme;
  }

  /**
   * Scale of a per-tensor scheme; for others see {@link Part#SCALES}.
   *
   * @return 0 for a per-channel scheme
   */
  public double scale() {
    return scale;
  }

  /**
   * Zero point of a per-tensor scheme; for others see {@link Part#ZERO_POINTS}.
   *
   * @return 0 for a per-channel scheme
   */
  public long zeroPoint() {
    return zeroPoint;
  }

  /**
   * Dimension of the channels.
   *
   * @return -1 for a per-tensor scheme
   */
  public long axis() {
    return axis;
  }
}
