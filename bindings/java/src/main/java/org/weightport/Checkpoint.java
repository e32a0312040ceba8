// SPDX-License-Identifier: MIT
package org.weightport;

import static org.weightport.WeightportException.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.weightport.internal.Callback;
import org.weightport.internal.Native;

/**
 * An opened file, or one to be written. What is saved is its tree of values.
 *
 * <p>Opening finds out the format by itself, and reads no tensor byte: tensors are views of the mapped file. Nothing that the
 * file names is imported or run.
 *
 * <pre>{@code
 * try (Checkpoint checkpoint = Checkpoint.open(Path.of("ckpt.tar"));
 *     StateDict weights = checkpoint.stateDict("model_state_dict")) {
 *   float first = weights.tensor("fc1.weight").floats().get(0);
 * }
 * }</pre>
 *
 * <p>Close it, or leave it to the garbage collector: tensors and state_dicts of it stay valid, values do not. Threads: may be
 * read by many threads while none edits it.
 */
public final class Checkpoint implements AutoCloseable {
  private final Handle handle;
  private final Handle tree;

  private Checkpoint(long address) {
    handle = new Handle(address, Native::wp_checkpoint_release);
    tree = new Handle(Native.wp_value_retain(Native.wp_checkpoint_root(address)), Native::wp_value_release);
  }

  /** Makes a checkpoint to fill: its root is an empty dict. */
  public Checkpoint() {
    this(created());
  }

  private static long created() {
    long[] out = new long[1];
    check(Native.wp_checkpoint_create(out));
    return out[0];
  }

  /**
   * Opens a file of any format.
   *
   * @param path of it
   * @return a new checkpoint; NOT_FOUND, IO, UNSUPPORTED, CORRUPT, LIMIT
   */
  public static Checkpoint open(Path path) {
    return open(path, new OpenOptions());
  }

  /**
   * Opens a file of any format. One in a file system of Java's own, such as that of a zip, is read through a channel.
   *
   * @param path of it
   * @param options how
   * @return as open(Path); CANCELLED, CALLBACK
   */
  public static Checkpoint open(Path path, OpenOptions options) {
    if (!Paths.isNative(path)) return openElsewhere(path, options);
    byte[] text = Paths.bytes(path);
    return open(options, (out, made) -> Native.wp_checkpoint_open(out, text, made));
  }

  /**
   * As open(SeekableByteChannel, OpenOptions), with the defaults.
   *
   * @param channel of a size that does not change
   * @return a new checkpoint
   * @throws IOException if the channel has no size
   */
  public static Checkpoint open(SeekableByteChannel channel) throws IOException {
    return open(channel, new OpenOptions());
  }

  /**
   * Opens what a channel reads, from its first byte on, wherever its position is. The checkpoint and its tensors read from it
   * when they need to, on any thread, and close it when nothing needs it any more; also when this throws, whatever it is. A
   * buffer that the channel is given is its own during the call only.
   *
   * @param channel of a size that does not change
   * @param options how
   * @return as open(Path); CALLBACK, whose cause is what the channel threw
   * @throws IOException if the channel has no size
   */
  public static Checkpoint open(SeekableByteChannel channel, OpenOptions options) throws IOException {
    Callback source = Channels.source(channel);
    try {
      return open(source, channel.size(), options.name == null ? "channel" : options.name, options);
    } catch (IOException | RuntimeException | Error failure) {
      source.close();
      throw failure;
    }
  }

  private static Checkpoint openElsewhere(Path path, OpenOptions options) {
    SeekableByteChannel channel = Paths.channel(path);
    Callback source = Channels.source(channel);
    try {
      return open(source, channel.size(), options.name == null ? path.toString() : options.name, options);
    } catch (IOException failure) {
      source.close();
      throw Paths.failed(path, failure);
    } catch (RuntimeException | Error failure) {
      source.close();
      throw failure;
    }
  }

  /**
   * As open(ByteBuffer, OpenOptions), with the defaults.
   *
   * @param bytes kept
   * @return a new checkpoint
   */
  public static Checkpoint open(ByteBuffer bytes) {
    return open(bytes, new OpenOptions());
  }

  /**
   * Opens bytes, from position to limit, that nobody may change.
   *
   * @param bytes kept
   * @param options how
   * @return as open(Path)
   */
  public static Checkpoint open(ByteBuffer bytes, OpenOptions options) {
    String name = options.name == null ? "memory" : options.name;
    return open(Channels.source(bytes.slice()), bytes.remaining(), name, options);
  }

  private static Checkpoint open(Callback source, long size, String name, OpenOptions options) {
    byte[] text = Utf8.text(name);
    return open(options, (out, made) -> Native.wpb_open_source(out, size, text, made, source));
  }

  private static Checkpoint open(OpenOptions options, Handle.Out function) {
    long[] out = new long[1];
    options.run(made -> function.call(out, made));
    return new Checkpoint(out[0]);
  }

  /** Gives the checkpoint and its values up; its tensors and state_dicts stay valid. Closing twice does nothing. */
  @Override
  public void close() {
    tree.close();
    handle.close();
  }

  /** What it was opened as; UNKNOWN for one that was made. */
  public Format format() {
    return handle.get(address -> Format.of(Native.wp_checkpoint_format(address)));
  }

  /** The tree of values, a dict of tensors for safetensors, the module for TorchScript; closes with the checkpoint. */
  public Value root() {
    return handle.get(address -> Value.node(tree, Native.wp_checkpoint_root(address)));
  }

  /** Text that safetensors keeps beside the tensors, "__metadata__"; a copy; empty if there is none. */
  public Map<String, String> metadata() {
    Map<String, String> texts = new LinkedHashMap<>();
    Value dict = handle.get(address -> Value.node(tree, Native.wp_checkpoint_metadata(address)));
    for (int i = 0; dict != null && i < dict.size(); i++) texts.put(dict.key(i).asString(), dict.item(i).asString());
    return texts;
  }

  /** The only state_dict; a new one, to be closed; NOT_FOUND, MISMATCH (there are several, the message lists them). */
  public StateDict stateDict() {
    return stateDict(null);
  }

  /**
   * The state_dict at a path.
   *
   * @param key "model_state_dict"; null: the only one
   * @return a new one, to be closed; NOT_FOUND
   */
  public StateDict stateDict(String key) {
    byte[] text = Utf8.textOrNull(key);
    return StateDict.take(handle.out((out, address) -> Native.wp_checkpoint_state_dict(out, address, text)));
  }

  /** Paths of the state_dicts; "" for the root. */
  public List<String> stateDictKeys() {
    return handle.get(address -> {
      List<String> keys = new ArrayList<>();
      long count = Native.wp_checkpoint_state_dict_count(address);
      for (long i = 0; i < count; i++) keys.add(Utf8.at(Native.wp_checkpoint_state_dict_key(address, i)));
      return keys;
    });
  }

  /** The classes and functions that the file's pickles name; whether torch.load(weights_only=True) allows each. */
  public Map<String, Boolean> globals() {
    return handle.get(address -> {
      Map<String, Boolean> globals = new LinkedHashMap<>();
      long count = Native.wp_checkpoint_global_count(address);
      for (long i = 0; i < count; i++) {
        globals.put(Utf8.at(Native.wp_checkpoint_global_name(address, i)), Native.wp_checkpoint_global_allowed(address, i));
      }
      return globals;
    });
  }

  /**
   * Makes a value the root.
   *
   * @param root a Value, or what Value.of(Object) takes
   */
  public void setRoot(Object root) {
    try (Values.Operand value = new Values.Operand(root)) {
      handle.run(address -> Native.wp_checkpoint_set_root(address, value.address));
    }
  }

  /**
   * Puts a value under a key of the root. What it replaces, tensors too, stays in memory until close(): whoever saves again and
   * again makes a Checkpoint for each.
   *
   * @param key without a NUL
   * @param item a Value, or what Value.of(Object) takes
   */
  public void set(String key, Object item) {
    byte[] text = Utf8.text(key);
    try (Values.Operand value = new Values.Operand(item)) {
      handle.run(address -> Native.wp_checkpoint_set(address, text, value.address));
    }
  }

  /**
   * Puts a state_dict under a key of the root.
   *
   * @param key null: it becomes the whole root
   * @param weights copied
   */
  public void setStateDict(String key, StateDict weights) {
    byte[] text = Utf8.textOrNull(key);
    weights.get(dict -> {
      handle.run(address -> Native.wp_checkpoint_set_state_dict(address, text, dict));
      return null;
    });
  }

  /**
   * Sets a text of safetensors' "__metadata__"; others do not keep it.
   *
   * @param key without a NUL
   * @param text null: takes it away
   */
  public void setMetadata(String key, String text) {
    byte[] name = Utf8.text(key);
    byte[] content = Utf8.textOrNull(text);
    handle.run(address -> Native.wp_checkpoint_set_metadata(address, name, content));
  }

  /**
   * Saves to a file that Python reads, by the path's ending.
   *
   * @param path replaced in one step, if all goes well
   */
  public void save(Path path) {
    save(path, new SaveOptions());
  }

  /**
   * Saves to a file that Python's torch.load(weights_only=True), or safetensors, reads. Whatever happens, either the old or the
   * new file is there, whole: IO, NOT_FOUND, UNSUPPORTED (the format cannot hold the tree), CANCELLED, CALLBACK.
   *
   * @param path of the file
   * @param options how
   */
  public void save(Path path, SaveOptions options) {
    byte[] text = Paths.bytes(path);
    handle.get(address -> {
      options.run(made -> Native.wp_checkpoint_save(address, text, made));
      return null;
    });
  }

  /**
   * As save(WritableByteChannel, SaveOptions), with the defaults.
   *
   * @param channel not closed
   */
  public void save(WritableByteChannel channel) {
    save(channel, new SaveOptions());
  }

  /**
   * Saves to a channel, whose bytes are of no use if this throws.
   *
   * @param channel not closed; a buffer that it is given is its own during the call only
   * @param options how
   */
  public void save(WritableByteChannel channel, SaveOptions options) {
    handle.get(address -> {
      options.run(channel, (sink, made) -> Native.wp_checkpoint_save_sink(address, sink, made));
      return null;
    });
  }

  /**
   * Saves a file again, in the format of the other path's ending or of the options.
   *
   * @param from file
   * @param to file
   * @param options how
   */
  public static void convert(Path from, Path to, SaveOptions options) {
    try (Checkpoint checkpoint = open(from)) {
      checkpoint.save(to, options);
    }
  }

  /** Checks every checksum, and that all tensor bytes can be read; what is wrong with the file; empty if nothing is. */
  public List<Finding> verify() {
    return verify(new OpenOptions());
  }

  /**
   * As verify().
   *
   * @param options for limits, cancel and progress
   * @return as verify()
   */
  public List<Finding> verify(OpenOptions options) {
    long[] out = new long[1];
    handle.get(address -> {
      options.run(made -> Native.wp_checkpoint_verify(out, address, made));
      return null;
    });
    return Finding.take(out[0]);
  }

  /**
   * Compares all values by their paths.
   *
   * @param other the second one
   * @param options tolerances
   * @return empty if they are equal
   */
  public List<Finding> diff(Checkpoint other, DiffOptions options) {
    long[] out = new long[1];
    handle.get(first -> other.handle.get(second -> {
      options.run(made -> Native.wp_checkpoint_diff(out, first, second, made));
      return null;
    }));
    return Finding.take(out[0]);
  }
}
