// SPDX-License-Identifier: MIT
package org.weightport;

/** A strided tensor that a sparse or per-channel quantized tensor is made of. */
public enum Part {
  /** COO: indices(), int64 [sparse_dim, nnz]. */
  INDICES(0),
  /** Every sparse layout: values(). */
  VALUES(1),
  /** CSR, BSR: crow_indices(); CSC, BSC: ccol_indices(). */
  COMPRESSED_INDICES(2),
  /** CSR, BSR: col_indices(); CSC, BSC: row_indices(). */
  PLAIN_INDICES(3),
  /** Per channel: q_per_channel_scales(). */
  SCALES(4),
  /** Per channel: q_per_channel_zero_points(). */
  ZERO_POINTS(5);

  final int number;

  Part(int number) {
    this.number = number;
  }
}
