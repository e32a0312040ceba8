// SPDX-License-Identifier: MIT
package org.weightport;

import org.weightport.internal.Native;

/** A failure: what, and where. What a channel or {@link Progress} of the caller's threw is its cause. */
public final class WeightportException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What went wrong. */
  private final Code code;
  /** File or source. */
  private final String file;
  /** Byte offset in it. */
  private final long offset;
  /** Key or path. */
  private final String key;

  WeightportException(Code code, String message, String file, long offset, String key, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.file = file;
    this.offset = offset;
    this.key = key;
  }

  WeightportException(Code code, String key, String message) {
    this(code, message, "", -1, key, null);
  }

  /**
   * What went wrong, for programs.
   *
   * @return never null
   */
  public Code code() {
    return code;
  }

  /**
   * Name of the file or source it concerns.
   *
   * @return "" if none
   */
  public String file() {
    return file;
  }

  /**
   * Byte offset in that file, or in the record of it that the message names.
   *
   * @return -1 if none
   */
  public long offset() {
    return offset;
  }

  /**
   * State_dict key or path of the value it concerns.
   *
   * @return "" if none
   */
  public String key() {
    return key;
  }

  /** Throws what C returned, if that is an error, and frees it. */
  static void check(long error) {
    if (error != 0) throw of(error);
  }

  private static WeightportException of(long error) {
    try {
      Code code = Code.of(Native.wp_error_code(error));
      return new WeightportException(code, Utf8.at(Native.wp_error_message(error)), Utf8.at(Native.wp_error_file(error)),
          Native.wp_error_offset(error), Utf8.at(Native.wp_error_key(error)),
          Causes.take(Native.wp_error_status(error)));
    } finally {
      Native.wp_error_release(error);
    }
  }
}
