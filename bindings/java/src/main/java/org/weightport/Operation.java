// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;
import org.weightport.internal.Callback;

/** One long call into C. */
final class Operation {
  /** Makes a struct of options for C; 0 if there is no memory. */
  interface Create {
    long call(long cancel, Callback progress);
  }

  private Operation() {}

  /** Runs a function of C's on options that exist for the call. */
  static void run(Cancel cancel, Progress progress, Create create, LongConsumer free, LongUnaryOperator function) {
    long token = cancel == null ? 0 : cancel.handle().enter();
    try {
      long options = create.call(token, Channels.progress(progress));
      if (options == 0) throw new WeightportException(Code.OUT_OF_MEMORY, "", "no memory for options");
      try {
        check(function.applyAsLong(options));
      } finally {
        free.accept(options);
      }
    } finally {
      if (cancel != null) cancel.handle().leave();
    }
  }
}
