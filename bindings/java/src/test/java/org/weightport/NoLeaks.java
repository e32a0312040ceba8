// SPDX-License-Identifier: MIT
package org.weightport;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test after which more references are held in C than before, even after the collector ran. */
public final class NoLeaks implements BeforeEachCallback, AfterEachCallback {
  private long before;

  @Override
  public void beforeEach(ExtensionContext context) {
    before = Weightport.liveReferences();
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    long left = Fixture.collect(before);
    if (left != before) throw new AssertionError(left - before + " references were never given up");
    if (before != 0) throw new AssertionError(before + " references were there before the test");
  }
}
