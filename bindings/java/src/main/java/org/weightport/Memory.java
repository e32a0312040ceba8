// SPDX-License-Identifier: MIT
package org.weightport;

/** Where tensor bytes live. */
public enum Memory {
  /** Views of a read-only mapping; read on first touch where there is no mapping. */
  MAP(0),
  /** Read while opening, by several threads, into memory that tensors own and may write. */
  READ(1);

  final int number;

  Memory(int number) {
    this.number = number;
  }
}
