// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import org.weightport.internal.Native;

/** Asks a running open, save, verify or diff to stop. Threads: shareable. */
public final class Cancel implements AutoCloseable {
  private final Handle handle;

  /** Makes one that was not requested. */
  public Cancel() {
    long[] out = new long[1];
    check(Native.wp_cancel_create(out));
    handle = new Handle(out[0], Native::wp_cancel_release);
  }

  Handle handle() {
    return handle;
  }

  /** Makes every operation that was given it end with CANCELLED soon. */
  public void request() {
    handle.get(address -> {
      Native.wp_cancel_request(address);
      return null;
    });
  }

  /** Whether request() was called. */
  public boolean isRequested() {
    return handle.get(address -> Native.wp_cancel_requested(address) != 0);
  }

  /** Gives it up; operations that were given it go on. Closing twice does nothing. */
  @Override
  public void close() {
    handle.close();
  }
}
