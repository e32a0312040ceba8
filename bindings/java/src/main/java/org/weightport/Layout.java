// SPDX-License-Identifier: MIT
package org.weightport;

/** How the elements are laid out: torch.layout. */
public enum Layout {
  /** Shape and strides. */
  STRIDED(0),
  /** {@link Part#INDICES} and {@link Part#VALUES}. */
  SPARSE_COO(1),
  /** Compressed rows. */
  SPARSE_CSR(2),
  /** Compressed columns. */
  SPARSE_CSC(3),
  /** Compressed rows of blocks. */
  SPARSE_BSR(4),
  /** Compressed columns of blocks. */
  SPARSE_BSC(5);

  final int number;

  Layout(int number) {
    this.number = number;
  }

  static Layout of(int number) {
    for (Layout each : values()) {
      if (each.number == number) return each;
    }
    throw new WeightportException(Code.UNSUPPORTED, "", "layout " + number + " is newer than this class");
  }
}
