// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Paths that C cannot open, or that have no text. */
@ExtendWith(NoLeaks.class)
class PathsTest {
  /** Opens the file in a folder, and saves it beside itself. */
  public static final class Main {
    public static void main(String[] arguments) throws IOException {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(arguments[0]))) {
        Path only = files.iterator().next();
        try (Checkpoint checkpoint = Checkpoint.open(only)) {
          checkpoint.save(only);
          System.out.println(checkpoint.format());
        }
      }
    }
  }

  private static WeightportException fails(Code code, Executable call) {
    WeightportException failure = assertThrows(WeightportException.class, call);
    assertEquals(code, failure.code(), failure::getMessage);
    return failure;
  }

  @Test
  void aFileInAZipIsReadThroughAChannel(@TempDir Path folder) throws IOException {
    Path zip = folder.resolve("models.zip");
    Path file = Fixture.DATA.resolve("state_dict.pt");
    try (FileSystem inside = FileSystems.newFileSystem(URI.create("jar:" + zip.toUri()), Map.of("create", "true"))) {
      Path copy = inside.getPath("/a.pt");
      Files.copy(file, copy);
      try (Checkpoint checkpoint = Checkpoint.open(copy); Checkpoint mapped = Checkpoint.open(file)) {
        assertEquals(List.of(), checkpoint.diff(mapped, new DiffOptions()));
        assertTrue(fails(Code.UNSUPPORTED, () -> checkpoint.save(copy)).getMessage().contains("channel"));
      }
      assertEquals("/b.pt", fails(Code.NOT_FOUND, () -> Checkpoint.open(inside.getPath("/b.pt"))).file());
    }
  }

  @Test
  @Tag("process")
  void aNameThatTheLocaleCannotSpell(@TempDir Path folder) throws IOException, InterruptedException {
    Files.copy(Fixture.DATA.resolve("state_dict.pt"), folder.resolve("gr\u00f6\u00dfe 100%.pt"));
    ProcessBuilder program = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("classpath"), "-Dweightport.library.path=" + System.getProperty("weightport.library.path"),
        Main.class.getName(), folder.toString());
    program.environment().put("LC_ALL", "C");
    Process process = program.redirectErrorStream(true).start();
    assertEquals("torch_zip\n", new String(process.getInputStream().readAllBytes()));
    assertEquals(0, process.waitFor());
    assertEquals(1, folder.toFile().list().length);
  }
}
