// SPDX-License-Identifier: MIT
package org.weightport;

import org.weightport.internal.Native;

/**
 * What a file may make the library do before it is refused with LIMIT. What is not set, or 0, is the default, which is safe; a
 * negative number is INVALID_ARGUMENT.
 */
public final class Limits {
  private long depth;
  private long tensors;
  private long bytes;
  private long steps;
  private long string;
  private long inflateRatio;

  /** The defaults. */
  public Limits() {}

  /**
   * Nesting of lists, dicts and objects.
   *
   * @param depth levels
   * @return this
   */
  public Limits maxDepth(int depth) {
    this.depth = Check.notNegative("maxDepth", depth);
    return this;
  }

  /**
   * Number of tensors.
   *
   * @param count of them
   * @return this
   */
  public Limits maxTensors(long count) {
    tensors = Check.notNegative("maxTensors", count);
    return this;
  }

  /**
   * Memory for directories, pickles and the tree of values.
   *
   * @param count of bytes
   * @return this
   */
  public Limits maxBytes(long count) {
    bytes = Check.notNegative("maxBytes", count);
    return this;
  }

  /**
   * Pickle opcodes, and nodes visited by a walk of the tree.
   *
   * @param count of them
   * @return this
   */
  public Limits maxSteps(long count) {
    steps = Check.notNegative("maxSteps", count);
    return this;
  }

  /**
   * One string, bytes object or array inside a pickle.
   *
   * @param size in bytes
   * @return this
   */
  public Limits maxString(long size) {
    string = Check.notNegative("maxString", size);
    return this;
  }

  /**
   * Inflated bytes of a compressed record for each byte it has in the file.
   *
   * @param ratio of the two
   * @return this
   */
  public Limits maxInflateRatio(long ratio) {
    inflateRatio = Check.notNegative("maxInflateRatio", ratio);
    return this;
  }

  void apply(long options) {
    Native.wpb_open_options_set_limits(options, depth, tensors, bytes, steps, string, inflateRatio);
  }
}
