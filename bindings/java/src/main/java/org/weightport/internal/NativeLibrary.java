// SPDX-License-Identifier: MIT
package org.weightport.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Finds a C library. In this order: the folder that the system property {@code weightport.library.path} names; the folders of
 * {@code java.library.path}; inside the jar, under {@code natives/<os>-<arch>/}, from where it is copied to a temporary folder
 * that goes away with the virtual machine.
 */
public final class NativeLibrary {
  private NativeLibrary() {}

  private static Path temporary;

  /**
   * Loads a library.
   *
   * @param name without prefix and ending, "weightport_java"
   */
  public static void load(String name) {
    String folder = System.getProperty("weightport.library.path");
    if (folder != null) {
      System.load(Path.of(folder, System.mapLibraryName(name)).toAbsolutePath().toString());
      return;
    }
    try {
      System.loadLibrary(name);
    } catch (UnsatisfiedLinkError notThere) {
      Path unpacked = unpack(System.mapLibraryName(name));
      if (unpacked == null) throw notThere;
      System.load(unpacked.toString());
    }
  }

  /** The folder of this machine's libraries in the jar, "linux-x86_64". */
  static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch");
    os = os.startsWith("windows") ? "windows" : os.startsWith("mac") ? "macos" : os.replace(' ', '_');
    return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
  }

  /** Path of a copy of a library in the jar; null if there is none. */
  private static synchronized Path unpack(String file) {
    try {
      if (temporary == null) {
        Path folder = Files.createTempDirectory("weightport");
        folder.toFile().deleteOnExit();
        for (String each : list()) copy(each, folder);
        temporary = folder;
      }
      Path library = temporary.resolve(file);
      return Files.exists(library) ? library : null;
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot unpack " + file, failure);
    }
  }

  private static InputStream resource(String file) {
    return NativeLibrary.class.getResourceAsStream("/natives/" + platform() + "/" + file);
  }

  /** The names of what the jar has for this machine: none where that is another one than it was made for. */
  private static String[] list() throws IOException {
    try (InputStream names = resource("files")) {
      return names == null ? new String[0] : new String(names.readAllBytes(), StandardCharsets.UTF_8).split("\n");
    }
  }

  private static void copy(String file, Path folder) throws IOException {
    try (InputStream bytes = resource(file)) {
      Path copy = folder.resolve(file);
      Files.copy(bytes, copy);
      copy.toFile().deleteOnExit();
    }
  }
}
