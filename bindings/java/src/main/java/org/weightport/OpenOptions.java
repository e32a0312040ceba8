// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.function.LongUnaryOperator;
import org.weightport.internal.Native;

/** How to open, or verify. */
public final class OpenOptions {
  private Memory memory = Memory.MAP;
  private int threads;
  private boolean verifyChecksums;
  private Limits limits = new Limits();
  private Cancel cancel;
  private Progress progress;
  String name;

  /** The defaults. */
  public OpenOptions() {}

  /**
   * Where tensor bytes live.
   *
   * @param memory MAP by default
   * @return this
   */
  public OpenOptions memory(Memory memory) {
    this.memory = memory;
    return this;
  }

  /**
   * Number of threads for READ.
   *
   * @param count 0: one for each processor, at most 8
   * @return this
   */
  public OpenOptions threads(int count) {
    threads = count;
    return this;
  }

  /**
   * Checks the CRC-32 of every record that has one, which reads the whole file.
   *
   * @param verify false by default
   * @return this
   */
  public OpenOptions verifyChecksums(boolean verify) {
    verifyChecksums = verify;
    return this;
  }

  /**
   * What the file may make the library do.
   *
   * @param limits the defaults by default
   * @return this
   */
  public OpenOptions limits(Limits limits) {
    this.limits = limits;
    return this;
  }

  /**
   * A way to stop it.
   *
   * @param cancel null: none
   * @return this
   */
  public OpenOptions cancel(Cancel cancel) {
    this.cancel = cancel;
    return this;
  }

  /**
   * Is told how far the reading of tensor bytes is.
   *
   * @param progress null: nobody is
   * @return this
   */
  public OpenOptions progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  /**
   * Name of a channel or of memory, for errors.
   *
   * @param name without a NUL
   * @return this
   */
  public OpenOptions name(String name) {
    this.name = name;
    return this;
  }

  void run(LongUnaryOperator function) {
    Operation.run(cancel, progress, (token, callback) -> {
      long options = Native.wpb_open_options_create(memory.number, threads, verifyChecksums, token, callback);
      if (options != 0) limits.apply(options);
      return options;
    }, Native::wpb_open_options_free, function);
  }
}
