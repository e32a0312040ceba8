// SPDX-License-Identifier: MIT
package org.weightport;

import org.weightport.internal.Native;

/** A file format. */
public enum Format {
  /** Not from a file; on saving: by the path's ending, else torch zip. */
  UNKNOWN(0),
  /** torch.save since 1.6. */
  TORCH_ZIP(1),
  /** torch.save from 0.1.10 to 1.5. */
  TORCH_LEGACY(2),
  /** torch.save before 0.1.10; only read. */
  TORCH_TAR(3),
  /** torch.jit.save, and torch::save of C++; only read. */
  TORCHSCRIPT(4),
  /** safetensors. */
  SAFETENSORS(5),
  /** *.safetensors.index.json and the shards beside it. */
  SAFETENSORS_INDEX(6),
  /** *.bin.index.json and the torch zips beside it. */
  TORCH_INDEX(7);

  final int number;

  Format(int number) {
    this.number = number;
  }

  /** "torch_zip", "torch_legacy", "torch_tar", "torchscript", "safetensors" and so on. */
  @Override
  public String toString() {
    return Utf8.at(Native.wp_format_name(number));
  }

  static Format of(int number) {
    for (Format each : values()) {
      if (each.number == number) return each;
    }
    throw new WeightportException(Code.UNSUPPORTED, "", "format " + number + " is newer than this class");
  }
}
