// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.function.LongUnaryOperator;
import org.weightport.internal.Native;

/** What is equal: numbers a, b are if |a - b| &lt;= atol + rtol * |b|. */
public final class DiffOptions {
  private double rtol;
  private double atol;
  private Cancel cancel;
  private Progress progress;

  /** The defaults. */
  public DiffOptions() {}

  /**
   * Relative tolerance.
   *
   * @param rtol 0 by default
   * @return this
   */
  public DiffOptions rtol(double rtol) {
    this.rtol = rtol;
    return this;
  }

  /**
   * Absolute tolerance.
   *
   * @param atol 0 by default
   * @return this
   */
  public DiffOptions atol(double atol) {
    this.atol = atol;
    return this;
  }

  /**
   * A way to stop it.
   *
   * @param cancel null: none
   * @return this
   */
  public DiffOptions cancel(Cancel cancel) {
    this.cancel = cancel;
    return this;
  }

  /**
   * Is told how far the comparison is.
   *
   * @param progress null: nobody is
   * @return this
   */
  public DiffOptions progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  void run(LongUnaryOperator function) {
    Operation.run(cancel, progress, (token, callback) -> Native.wpb_diff_options_create(rtol, atol, token, callback),
        Native::wpb_diff_options_free, function);
  }
}
