// SPDX-License-Identifier: MIT
package org.weightport;

/** Keeps what code of the caller's threw: C only knows that it failed. */
final class Reason {
  /** What a callback does. */
  interface Task {
    void run() throws Exception;
  }

  /** On the thread that called C; others work for it now and then. */
  private static final ThreadLocal<Throwable> HERE = new ThreadLocal<>();

  private volatile Throwable thrown;

  Reason() {}

  Reason(Throwable thrown) {
    this.thrown = thrown;
  }

  /** Runs code of the caller's; what it throws must not reach C. Returns what C expects of a callback. */
  int call(Task task) {
    try {
      task.run();
      return 0;
    } catch (Throwable failure) {
      HERE.set(failure);
      thrown = failure;
      return -1;
    }
  }

  /** What was thrown last on this thread, or else on another one that worked for the call; null if nothing was. */
  static Throwable take(Reason reason) {
    Throwable here = HERE.get();
    HERE.remove();
    return here != null || reason == null ? here : reason.thrown;
  }
}
