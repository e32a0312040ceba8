// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.ArrayList;
import java.util.List;
import org.weightport.internal.Native;

/** One thing that {@link Checkpoint#verify()}, {@link Checkpoint#diff} or load_state_dict of a model found. */
public final class Finding {
  /** What a finding says of its key. */
  public enum What {
    /** A checksum or a rule of the format is broken. */
    CORRUPT(1),
    /** In the first checkpoint only. */
    MISSING(2),
    /** In the second checkpoint only. */
    ADDED(3),
    /** In both, and not equal. */
    CHANGED(4),
    /** load_state_dict: in the state_dict, and not in the model. */
    UNEXPECTED(5),
    /** load_state_dict: in both, with different shapes. */
    MISMATCHED(6),
    /** Something that a newer library than this class knows. */
    UNKNOWN(0);

    private final int number;

    What(int number) {
      this.number = number;
    }
  }

  private final What what;
  private final String key;
  private final String message;
  private final double difference;

  private Finding(long report, long index) {
    int number = Native.wp_report_finding(report, index);
    What known = What.UNKNOWN;
    for (What each : What.values()) {
      if (each.number == number) known = each;
    }
    what = known;
    key = Utf8.at(Native.wp_report_key(report, index));
    message = Utf8.at(Native.wp_report_message(report, index));
    difference = Native.wp_report_difference(report, index);
  }

  /** Copies a report of C's, and gives it up. */
  static List<Finding> take(long report) {
    try {
      List<Finding> findings = new ArrayList<>();
      for (long i = 0; i < Native.wp_report_size(report); i++) findings.add(new Finding(report, i));
      return findings;
    } finally {
      Native.wp_report_release(report);
    }
  }

  /** What it is; never null. */
  public What what() {
    return what;
  }

  /** Path of the tensor or value in the tree; "" for the file. */
  public String key() {
    return key;
  }

  /** The finding in one line; never null. */
  public String message() {
    return message;
  }

  /** Largest absolute difference between two tensors or numbers; NaN where it has no meaning. */
  public double difference() {
    return difference;
  }

  @Override
  public String toString() {
    return what + " " + key + ": " + message;
  }
}
