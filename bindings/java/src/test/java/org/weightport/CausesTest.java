// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CausesTest {
  @Test
  void theLatestAreKeptUntilTheyAreTaken() {
    List<Integer> numbers = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    for (int i = 0; i < 65; i++) {
      failures.add(new Exception("number " + i));
      numbers.add(Causes.keep(failures.get(i)));
    }
    assertNull(Causes.take(numbers.get(0)));
    for (int i = 1; i < 65; i++) {
      assertSame(failures.get(i), Causes.take(numbers.get(i)));
      assertNull(Causes.take(numbers.get(i)));
    }
  }

  @Test
  void numbersAreNotZero() {
    Exception failure = new Exception();
    assertEquals(0, Causes.call(() -> {}));
    int number = Causes.call(() -> {
      throw failure;
    });
    assertSame(failure, Causes.take(number));
    assertNull(Causes.take(0));
    assertNull(Causes.take(-1));
  }
}
