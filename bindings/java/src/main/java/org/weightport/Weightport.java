// SPDX-License-Identifier: MIT
package org.weightport;

import org.weightport.internal.Access;
import org.weightport.internal.Native;

/** The library that is loaded. */
public final class Weightport {
  static {
    Access.set(new Inside());
  }

  private Weightport() {}

  /** Version of the C library; "0.1.0". */
  public static String version() {
    return Utf8.at(Native.wp_version());
  }

  /**
   * Number of references that Java holds in C now: tensors, state_dicts, checkpoints, trees, and memory of buffers that were not
   * closed, and that the garbage collector has not found yet.
   *
   * @return 0 if there is no leak
   */
  public static long liveReferences() {
    return Handle.LIVE.get();
  }
}
