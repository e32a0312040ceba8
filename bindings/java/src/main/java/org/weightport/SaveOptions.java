// SPDX-License-Identifier: MIT
package org.weightport;

import java.nio.channels.WritableByteChannel;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import org.weightport.internal.Native;

/** How to save. */
public final class SaveOptions {
  private Format format = Format.UNKNOWN;
  private int mode;
  private boolean durable = true;
  private long maxShardSize;
  private Cancel cancel;
  private Progress progress;
  String name = "channel";

  /** The defaults. */
  public SaveOptions() {}

  /**
   * The format. Torch zip and torch legacy hold any tree, the others one flat state_dict.
   *
   * @param format UNKNOWN by default: by the path's ending (.safetensors, .safetensors.index.json, .bin.index.json), else
   *     torch zip
   * @return this
   */
  public SaveOptions format(Format format) {
    this.format = format;
    return this;
  }

  /**
   * Permission bits of a new file.
   *
   * @param mode 0: 0666 less the process's umask
   * @return this
   */
  public SaveOptions mode(int mode) {
    this.mode = mode;
    return this;
  }

  /**
   * Waits until file and folder are on the disk before the old file is replaced.
   *
   * @param durable true by default
   * @return this
   */
  public SaveOptions durable(boolean durable) {
    this.durable = durable;
    return this;
  }

  /**
   * Bytes of tensors in one shard of an index format.
   *
   * @param size 0: 5,000,000,000; INVALID_ARGUMENT if it is negative
   * @return this
   */
  public SaveOptions maxShardSize(long size) {
    maxShardSize = Check.notNegative("maxShardSize", size);
    return this;
  }

  /**
   * A way to stop it.
   *
   * @param cancel null: none
   * @return this
   */
  public SaveOptions cancel(Cancel cancel) {
    this.cancel = cancel;
    return this;
  }

  /**
   * Is told how far the writing is.
   *
   * @param progress null: nobody is
   * @return this
   */
  public SaveOptions progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  /**
   * Name of a channel, for errors.
   *
   * @param name without a NUL
   * @return this
   */
  public SaveOptions name(String name) {
    this.name = name;
    return this;
  }

  /** Saves to a channel: the function gets a sink and the options. */
  void run(WritableByteChannel channel, LongBinaryOperator function) {
    long sink = Native.wpb_sink_create(Utf8.text(name), Channels.sink(channel));
    if (sink == 0) throw new WeightportException(Code.OUT_OF_MEMORY, "", "no memory for a sink");
    try {
      run(options -> function.applyAsLong(sink, options));
    } finally {
      Native.wpb_sink_free(sink);
    }
  }

  void run(LongUnaryOperator function) {
    Operation.run(cancel, progress,
        (token, callback) -> Native.wpb_save_options_create(format.number, mode, durable, maxShardSize, token, callback),
        Native::wpb_save_options_free, function);
  }
}
