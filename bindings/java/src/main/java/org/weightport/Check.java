// SPDX-License-Identifier: MIT
package org.weightport;

/** Numbers for C, which has no negative sizes: it would take them for very large ones. */
final class Check {
  private Check() {}

  static long notNegative(String what, long number) {
    if (number >= 0) return number;
    throw new WeightportException(Code.INVALID_ARGUMENT, "", what + " is " + number + ", and less than 0");
  }

  static int index(String what, int index) {
    if (index >= 0) return index;
    throw new WeightportException(Code.NOT_FOUND, "", "there is no " + what + " " + index);
  }
}
