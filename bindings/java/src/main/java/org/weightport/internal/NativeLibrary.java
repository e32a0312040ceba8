// SPDX-License-Identifier: MIT
package org.weightport.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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

  /** What stands beside a library in the jar because it needs it. */
  private static final String[] NEEDED = {"libweightport.so.0", "libweightport-torch.so.0"};

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
        for (String needed : NEEDED) copy(needed, folder);
        temporary = folder;
      }
      return copy(file, temporary) ? temporary.resolve(file) : null;
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot unpack " + file, failure);
    }
  }

  private static boolean copy(String file, Path folder) throws IOException {
    try (InputStream bytes = NativeLibrary.class.getResourceAsStream("/natives/" + platform() + "/" + file)) {
      if (bytes == null) return false;
      Path copy = folder.resolve(file);
      Files.copy(bytes, copy);
      copy.toFile().deleteOnExit();
      return true;
    }
  }
}
