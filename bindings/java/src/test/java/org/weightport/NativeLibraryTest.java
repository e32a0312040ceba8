// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.weightport.torch.Torch;

/** The three places where the library is looked for, and what loading leaves as it was, each in a virtual machine of its own. */
@Tag("process")
class NativeLibraryTest {
  /** Prints the version of the library. */
  public static final class Main {
    public static void main(String[] arguments) {
      System.out.println(Weightport.version());
    }
  }

  /** Prints how many null pointers were exceptions, with libtorch there: compiled code learns of one by a signal, whose handler
   * a library that comes with libtorch may have taken. */
  public static final class Nulls {
    public static void main(String[] arguments) {
      Torch.manualSeed(0);
      int caught = 0;
      for (int i = 0; i < 20_000; i++) {
        try {
          caught -= length(i % 100 == 0 ? null : "");
        } catch (NullPointerException expected) {
          caught++;
        }
      }
      System.out.println(caught);
    }

    private static int length(String text) {
      return text.length();
    }
  }

  private static String run(int status, String... options) throws IOException, InterruptedException {
    return run(Main.class, status, options);
  }

  private static String run(Class<?> program, int status, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("classpath")));
    command.addAll(List.of(options));
    command.add(program.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(status, process.waitFor(), printed);
    return printed;
  }

  @Test
  void everyPlace(@TempDir Path folder) throws IOException, InterruptedException {
    String build = System.getProperty("weightport.library.path");
    String version = Weightport.version() + "\n";
    assertEquals(version, run(0, "-Dweightport.library.path=" + build));
    assertEquals(version, run(0, "-Djava.library.path=" + build));
    assertEquals(version, run(0, "-Djava.library.path=" + folder, "-Djava.io.tmpdir=" + folder));
    assertEquals(0, folder.toFile().list().length, "what was unpacked is deleted");
    assertTrue(run(1, "-Dweightport.library.path=" + folder).contains(folder.resolve("libweightport_java.so").toString()));
  }

  @Test
  @Tag("torch")
  void nullPointersStayExceptions() throws IOException, InterruptedException {
    assertEquals("200\n", run(Nulls.class, 0, "-Dweightport.library.path=" + System.getProperty("weightport.library.path")));
  }
}
