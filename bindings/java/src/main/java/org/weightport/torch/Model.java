// SPDX-License-Identifier: MIT
package org.weightport.torch;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.weightport.DType;
import org.weightport.Finding;
import org.weightport.Python;
import org.weightport.SaveOptions;
import org.weightport.StateDict;
import org.weightport.Tensor;
import org.weightport.Value;
import org.weightport.internal.Access.Lent;
import org.weightport.internal.Callback;
import org.weightport.internal.Native;
import org.weightport.internal.NativeTorch;

/**
 * A module that can run: a TorchScript archive, a nest of standard torch.nn layers, or a class registered in C++. Names of its
 * parameters and buffers are Python's.
 *
 * <p>Arguments, results and descriptions are what {@link Value#of(Object)} takes. Tensors that it gave out share its memory,
 * and outlive it.
 */
public final class Model extends Calls {
  private Model(long address) {
    super(address, NativeTorch::wp_model_release);
  }

  /**
   * As load(Path, String), on the CPU.
   *
   * @param path of the file
   * @return a new model
   */
  public static Model load(Path path) {
    return load(path, null);
  }

  /**
   * Loads a TorchScript archive, or a whole nn.Module of standard layers that Python pickled. An archive runs its own code when
   * the model is used: load only what you trust.
   *
   * @param path of the file
   * @param mapLocation device that the model is put on; null: the CPU
   * @return a new model; UNSUPPORTED (a class that is not known), MISMATCH (no module), TORCH, and those of Checkpoint.open
   */
  public static Model load(Path path, String mapLocation) {
    if (!ACCESS.isNative(path)) return load(ACCESS.channel(path), path.toString(), mapLocation);
    byte[] text = ACCESS.path(path);
    return load(mapLocation, (out, options) -> NativeTorch.wp_model_load(out, text, options));
  }

  /**
   * As load(Path, String), of bytes.
   *
   * @param bytes of a file
   * @param name for errors
   * @param mapLocation or null
   * @return a new model
   */
  public static Model load(byte[] bytes, String name, String mapLocation) {
    byte[] text = ACCESS.text(name);
    return load(mapLocation, (out, options) -> NativeTorch.wp_model_load_memory(out, bytes, bytes.length, text, options));
  }

  /**
   * As load(Path, String), of what a channel reads, from its first byte on, wherever its position is. It is closed, also when
   * this throws.
   *
   * @param channel of a size that does not change
   * @param name for errors; null: "channel"
   * @param mapLocation or null
   * @return a new model; also CALLBACK, whose cause is what the channel threw
   */
  public static Model load(SeekableByteChannel channel, String name, String mapLocation) {
    Callback source = ACCESS.source(channel);
    try {
      long size = channel.size();
      byte[] text = ACCESS.text(name == null ? "channel" : name);
      return load(mapLocation, (out, options) -> {
        long made = Native.wpb_source_create(size, text, source);
        try {
          return NativeTorch.wp_model_load_source(out, made, options);
        } finally {
          Native.wpb_source_free(made);
        }
      });
    } catch (IOException failure) {
      throw ACCESS.failed("the channel has no size", failure);
    } finally {
      source.close();
    }
  }

  private interface Load {
    long call(long[] out, long options);
  }

  private static Model load(String mapLocation, Load function) {
    long options = NativeTorch.wpb_model_options_create(ACCESS.text(mapLocation));
    try {
      return new Model(out(out -> function.call(out, options)));
    } finally {
      NativeTorch.wpb_model_options_free(options);
    }
  }

  /**
   * Makes a model of layers of torch.nn, with fresh weights drawn as PyTorch draws them.
   *
   * @param description a Map such as {"class": "Linear", "in_features": 4, "out_features": 2}, or an nn.Module object of a
   *     checkpoint, whose weights are taken over
   * @return a new model; NOT_FOUND (an argument that is required), MISMATCH, UNSUPPORTED (a class or argument that is not
   *     known)
   */
  public static Model build(Object description) {
    try (Lent value = ACCESS.lendValue(description)) {
      return new Model(out(out -> NativeTorch.wp_model_build(out, value.address())));
    }
  }

  /**
   * As build(Object), of JSON.
   *
   * @param description in JSON
   * @return a new model; also CORRUPT
   */
  public static Model buildJson(String description) {
    byte[] json = ACCESS.utf8(description);
    return new Model(out(out -> NativeTorch.wp_model_build_json(out, json)));
  }

  /**
   * Makes a model of a class that was registered in C++.
   *
   * @param name of it
   * @param options or null
   * @return a new model; NOT_FOUND
   */
  public static Model create(String name, Object options) {
    byte[] text = ACCESS.text(name);
    try (Lent value = ACCESS.lendValue(options)) {
      return new Model(out(out -> NativeTorch.wp_model_create(out, text, value.address())));
    }
  }

  /** A copy with memory of its own; a new model. */
  public Model copy() {
    try (Lent lent = lend()) {
      return new Model(out(out -> NativeTorch.wp_model_clone(out, lent.address())));
    }
  }

  /**
   * One tensor in, one tensor out.
   *
   * @param input tensor
   * @return a new tensor; TORCH (what libtorch says of shapes and dtypes)
   */
  public Tensor forward(Tensor input) {
    try (Lent lent = lend(); Lent tensor = ACCESS.lend(input)) {
      return ACCESS.allocated(out(out -> NativeTorch.wp_model_forward_tensor(out, lent.address(), tensor.address())));
    }
  }

  /**
   * model(*args, **kwargs).
   *
   * @param args positional; null: none
   * @param kwargs by name; null: none
   * @return a tree of its own; UNSUPPORTED, TORCH
   */
  public Value forward(List<?> args, Map<String, ?> kwargs) {
    try (Lent lent = lend(); Lent list = arguments(args); Lent dict = ACCESS.lendValue(kwargs)) {
      return ACCESS.value(out(out -> NativeTorch.wp_model_forward(out, lent.address(), list.address(), dict.address())));
    }
  }

  /**
   * As forward(List, Map), of another method of a TorchScript model.
   *
   * @param method name
   * @param args positional; null: none
   * @param kwargs by name; null: none
   * @return a tree of its own; also NOT_FOUND
   */
  public Value call(String method, List<?> args, Map<String, ?> kwargs) {
    byte[] name = ACCESS.text(method);
    try (Lent lent = lend(); Lent list = arguments(args); Lent dict = ACCESS.lendValue(kwargs)) {
      return ACCESS.value(out(out -> NativeTorch.wp_model_call(out, lent.address(), name, list.address(), dict.address())));
    }
  }

  private static Lent arguments(List<?> args) {
    return ACCESS.lendValue(args == null ? null : new Python.Tuple(args.toArray()));
  }

  /** model.eval(). */
  public void eval() {
    train(false);
  }

  /**
   * model.train(mode), which dropout and batch norms follow.
   *
   * @param mode true for training
   */
  public void train(boolean mode) {
    run(address -> NativeTorch.wp_model_train(address, mode));
  }

  /** model.training; true for training. */
  public boolean isTraining() {
    try (Lent lent = lend()) {
      return NativeTorch.wp_model_is_training(lent.address());
    }
  }

  /** model.state_dict(), whose tensors share memory with the model; a new one, to be closed. */
  public StateDict stateDict() {
    try (Lent lent = lend()) {
      return ACCESS.stateDict(out(out -> NativeTorch.wp_model_state_dict(out, lent.address())));
    }
  }

  /** model.named_parameters(), as stateDict(); a new one, to be closed. */
  public StateDict namedParameters() {
    try (Lent lent = lend()) {
      return ACCESS.stateDict(out(out -> NativeTorch.wp_model_named_parameters(out, lent.address())));
    }
  }

  /** model.named_buffers(), as stateDict(); a new one, to be closed. */
  public StateDict namedBuffers() {
    try (Lent lent = lend()) {
      return ACCESS.stateDict(out(out -> NativeTorch.wp_model_named_buffers(out, lent.address())));
    }
  }

  /** Elements of all parameters together; 0 or more. */
  public long parameterCount() {
    try (Lent lent = lend()) {
      return NativeTorch.wp_model_parameter_count(lent.address());
    }
  }

  /**
   * model.load_state_dict(weights).
   *
   * @param weights copied
   * @return nothing that does not fit; else MISMATCH names all keys
   */
  public List<Finding> loadStateDict(StateDict weights) {
    return loadStateDict(weights, new LoadStateDictOptions());
  }

  /**
   * As loadStateDict(StateDict).
   *
   * @param weights copied, or taken
   * @param options how
   * @return missing, unexpected and mismatched keys
   */
  public List<Finding> loadStateDict(StateDict weights, LoadStateDictOptions options) {
    long made = options.create();
    try (Lent lent = lend()) {
      return ACCESS.read(weights,
          dict -> ACCESS.findings(out(out -> NativeTorch.wp_model_load_state_dict(out, lent.address(), dict, made))));
    } finally {
      NativeTorch.wpb_load_state_dict_options_free(made);
    }
  }

  /**
   * Freezes parameters, or the reverse.
   *
   * @param pattern "encoder.*"; null: all
   * @param on requires_grad
   * @return how many fit; NOT_FOUND
   */
  public long setRequiresGrad(String pattern, boolean on) {
    byte[] text = ACCESS.text(pattern);
    try (Lent lent = lend()) {
      return out(out -> NativeTorch.wp_model_set_requires_grad(out, lent.address(), text, on));
    }
  }

  /**
   * model.to(device, dtype).
   *
   * @param device null: as it is
   * @param dtype null or UNDEFINED: as it is
   */
  public void to(String device, DType dtype) {
    byte[] text = ACCESS.text(device);
    byte[] name = ACCESS.text(dtype == null ? DType.UNDEFINED.toString() : dtype.toString());
    run(address -> NativeTorch.wp_model_to(address, text, Native.wp_dtype_from_name(name)));
  }

  /** Takes all gradients away. */
  public void zeroGrad() {
    run(NativeTorch::wp_model_zero_grad);
  }

  /**
   * Saves a TorchScript model as an archive that torch.jit.load reads. Of others, save the state_dict.
   *
   * @param path replaced in one step
   */
  public void save(Path path) {
    save(path, new SaveOptions());
  }

  /**
   * As save(Path): UNSUPPORTED (no TorchScript), IO, NOT_FOUND, CANCELLED, TORCH.
   *
   * @param path replaced in one step
   * @param options of which mode, durable and cancel count
   */
  public void save(Path path, SaveOptions options) {
    byte[] text = ACCESS.path(path);
    try (Lent lent = lend()) {
      ACCESS.save(options, made -> NativeTorch.wp_model_save(lent.address(), text, made));
    }
  }

  /**
   * As save(Path), to a channel, whose bytes are of no use if this throws: UNSUPPORTED, CANCELLED, TORCH, and CALLBACK, whose
   * cause is what the channel threw.
   *
   * @param channel not closed; a buffer that it is given is its own during the call only
   * @param options of which cancel counts
   */
  public void save(WritableByteChannel channel, SaveOptions options) {
    try (Lent lent = lend()) {
      ACCESS.save(options, channel, (sink, made) -> NativeTorch.wp_model_save_sink(lent.address(), sink, made));
    }
  }
}
