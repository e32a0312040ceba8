// SPDX-License-Identifier: MIT
package org.weightport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import org.weightport.internal.Native;

/**
 * Strings as C has them. Half a character, which strings of Java and of Python can hold, stands as its three bytes, as it does
 * in C; everything else is UTF-8.
 */
final class Utf8 {
  private Utf8() {}

  /** For a parameter with a size: a NUL is a character like any other. */
  static byte[] bytes(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) continue;
      if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(i + 1))) return bytesWithHalves(text);
      i++;
    }
    return text.getBytes(UTF_8);
  }

  /** For a text that ends in a NUL in C, and so must not have one inside. */
  static byte[] text(String text) {
    if (text.indexOf(0) >= 0) {
      throw new WeightportException(Code.INVALID_ARGUMENT, text, "\"" + text + "\" has a NUL in it");
    }
    return bytes(text);
  }

  /** As text(); null is NULL. */
  static byte[] textOrNull(String text) {
    return text == null ? null : text(text);
  }

  /** The text at an address, "" for NULL. */
  static String at(long address) {
    byte[] bytes = Native.wpb_text(address);
    return bytes == null ? "" : string(bytes);
  }

  /** `size` bytes at an address. */
  static String at(long address, long size) {
    return string(Native.wpb_copy(address, size));
  }

  static String string(byte[] bytes) {
    for (int i = 0; i + 2 < bytes.length; i++) {
      if (isHalf(bytes, i)) return stringWithHalves(bytes);
    }
    return new String(bytes, UTF_8);
  }

  private static boolean isHalf(byte[] bytes, int i) {
    return bytes[i] == (byte) 0xed && (bytes[i + 1] & 0xe0) == 0xa0;
  }

  private static byte[] bytesWithHalves(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() * 3);
    text.codePoints().forEach(c -> {
      byte[] whole = new String(Character.toChars(c)).getBytes(UTF_8);
      boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
      byte[] three = {(byte) (0xe0 | c >> 12), (byte) (0x80 | c >> 6 & 63), (byte) (0x80 | c & 63)};
      out.writeBytes(half ? three : whole);
    });
    return out.toByteArray();
  }

  private static String stringWithHalves(byte[] bytes) {
    StringBuilder out = new StringBuilder(bytes.length);
    int start = 0;
    for (int i = 0; i + 2 < bytes.length; i++) {
      if (!isHalf(bytes, i)) continue;
      out.append(new String(bytes, start, i - start, UTF_8));
      out.append((char) (0xd000 | (bytes[i + 1] & 63) << 6 | bytes[i + 2] & 63));
      start = i + 3;
      i += 2;
    }
    return out.append(new String(bytes, start, bytes.length - start, UTF_8)).toString();
  }
}
