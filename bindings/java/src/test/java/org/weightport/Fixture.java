// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the tests share. The system property `repository` is the root of the repository. */
public final class Fixture {
  public static final Path REPOSITORY = Path.of(System.getProperty("repository"));
  public static final Path DATA = REPOSITORY.resolve("tests/data");

  private Fixture() {}

  public static Checkpoint open(String name) {
    return Checkpoint.open(DATA.resolve(name));
  }

  /** Runs a script with Debian's Python, which has torch, and gives what it printed. */
  public static String python(String script, Object... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(System.getProperty("python", "/usr/bin/python3"), "-B", "-c", script));
    Arrays.stream(arguments).forEach(each -> command.add(each.toString()));
    Path printed = Files.createTempFile("weightport", ".txt");
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile()).start();
      int status = process.waitFor();
      String text = Files.readString(printed, StandardCharsets.UTF_8);
      assertEquals(0, status, text);
      return text;
    } finally {
      Files.delete(printed);
    }
  }

  /** Lets the collector run until a number of references is left, or long enough. */
  static long collect(long wanted) throws InterruptedException {
    for (int i = 0; i < 200 && Weightport.liveReferences() != wanted; i++) {
      System.gc();
      Thread.sleep(i / 10);
    }
    return Weightport.liveReferences();
  }
}
