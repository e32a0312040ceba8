// SPDX-License-Identifier: MIT
package org.weightport;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Paths as C opens them. */
final class Paths {
  private Paths() {}

  /** Whether C can open it. */
  static boolean isNative(Path path) {
    return path.getFileSystem() == FileSystems.getDefault();
  }

  /** The bytes of a path. Where the locale has another encoding than UTF-8, its text may have lost some of them. */
  static byte[] bytes(Path path) {
    if (!isNative(path)) {
      String message = path + " is in another file system than C's: save to a channel, such as Files.newByteChannel gives";
      throw new WeightportException(Code.UNSUPPORTED, "", message);
    }
    String text = path.toString();
    return File.separatorChar == '/' && isLossy(text) ? unquoted(path.toUri().getRawPath()) : Utf8.text(text);
  }

  private static boolean isLossy(String text) {
    boolean utf8 = "UTF-8".equals(System.getProperty("sun.jnu.encoding"));
    return text.chars().anyMatch(c -> utf8 ? c == '\ufffd' : c >= 0x80);
  }

  private static byte[] unquoted(String uri) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(uri.length());
    for (int i = 0; i < uri.length(); i++) {
      if (uri.charAt(i) == '%') {
        out.write(Integer.parseInt(uri.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        out.write(uri.charAt(i));
      }
    }
    return out.toByteArray();
  }

  /** Reads a file of any file system. */
  static SeekableByteChannel channel(Path path) {
    try {
      return Files.newByteChannel(path);
    } catch (IOException failure) {
      throw failed(path, failure);
    }
  }

  static WeightportException failed(Path path, IOException failure) {
    Code code = failure instanceof NoSuchFileException ? Code.NOT_FOUND : Code.IO;
    return new WeightportException(code, path + ": " + failure, path.toString(), -1, "", failure);
  }
}
