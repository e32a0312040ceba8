// SPDX-License-Identifier: MIT
package org.weightport;

/** What went wrong, for programs. */
public enum Code {
  /** The caller broke the method's contract. */
  INVALID_ARGUMENT(10),
  /** No such key, path, tensor or file. */
  NOT_FOUND(20),
  /** The operating system refused to read, map or write. */
  IO(30),
  /** The file breaks its format's rules. */
  CORRUPT(40),
  /** Valid, but not something this library reads or does. */
  UNSUPPORTED(50),
  /** Refused because following it could harm: a path that leaves its folder, say. */
  UNSAFE(60),
  /** Larger, deeper or longer than {@link Limits}, or one Java array or buffer, allow. */
  LIMIT(70),
  /** A kind, dtype, shape or key that differs from the one asked for. */
  MISMATCH(80),
  /** {@link Cancel#request()} was called. */
  CANCELLED(90),
  /** A channel or {@link Progress} of the caller's threw: see {@link Throwable#getCause()}. */
  CALLBACK(100),
  /** An allocation failed. */
  OUT_OF_MEMORY(110),
  /** libtorch reported it. */
  TORCH(120),
  /** A bug in this library: please report it. */
  INTERNAL(130),
  /** A code of a newer library than this class knows. */
  UNKNOWN(-1);

  private final int number;

  Code(int number) {
    this.number = number;
  }

  /**
   * The number in C, which never changes.
   *
   * @return wp_code
   */
  public int number() {
    return number;
  }

  static Code of(int number) {
    for (Code code : values()) {
      if (code.number == number) return code;
    }
    return UNKNOWN;
  }
}
