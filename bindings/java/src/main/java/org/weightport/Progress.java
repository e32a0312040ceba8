// SPDX-License-Identifier: MIT
package org.weightport;

/** Is told now and then how far an operation is. */
@FunctionalInterface
public interface Progress {
  /**
   * Called on the thread that started the operation or on one that works for it, never on two at once.
   *
   * @param done bytes of the file so far
   * @param total bytes of the file
   * @throws Exception ends the operation with CALLBACK, whose cause it is
   */
  void update(long done, long total) throws Exception;
}
