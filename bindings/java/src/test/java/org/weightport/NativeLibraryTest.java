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

/** The three places where the library is looked for, each in a virtual machine of its own. */
@Tag("process")
class NativeLibraryTest {
  /** Prints the version of the library. */
  public static final class Main {
    public static void main(String[] arguments) {
      System.out.println(Weightport.version());
    }
  }

  private static String run(int status, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("classpath")));
    command.addAll(List.of(options));
    command.add(Main.class.getName());
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
}
