// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.LinkedHashMap;
import java.util.Map;

/** What code of the caller's threw: C keeps the number that a callback returns, and gives it back with the error. */
final class Causes {
  /** What a callback does. */
  interface Task {
    void run() throws Exception;
  }

  /** So that what nobody asks for does not pile up. */
  private static final int MOST = 64;
  /** By number, the oldest first. */
  private static final Map<Integer, Throwable> KEPT = new LinkedHashMap<>();
  private static int last;

  private Causes() {}

  /** Runs code of the caller's; what it throws must not reach C. Returns what C expects of a callback. */
  static int call(Task task) {
    Thread thread = Thread.currentThread();
    // One of the library's own, where code of the caller's would find no service and no resource.
    boolean foreign = thread.getContextClassLoader() == null;
    if (foreign) thread.setContextClassLoader(Causes.class.getClassLoader());
    try {
      task.run();
      return 0;
    } catch (Throwable failure) {
      return keep(failure);
    } finally {
      if (foreign) thread.setContextClassLoader(null);
    }
  }

  /** Gives what was thrown a number, which a callback returns. */
  static synchronized int keep(Throwable failure) {
    last = last == Integer.MAX_VALUE ? 1 : last + 1;
    KEPT.put(last, failure);
    if (KEPT.size() > MOST) KEPT.remove(KEPT.keySet().iterator().next());
    return last;
  }

  /** What has a number, which is free then; null if it is gone, or for a number of C's own. */
  static synchronized Throwable take(int number) {
    return KEPT.remove(number);
  }
}
