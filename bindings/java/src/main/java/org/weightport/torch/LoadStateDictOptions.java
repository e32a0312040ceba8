// SPDX-License-Identifier: MIT
package org.weightport.torch;

import static org.weightport.torch.Calls.ACCESS;

import java.util.LinkedHashMap;
import java.util.Map;
import org.weightport.internal.NativeTorch;

/** How to load a state_dict into a model. */
public final class LoadStateDictOptions {
  private boolean strict = true;
  private boolean assign;
  private boolean ignoreMismatched;
  private boolean dryRun;
  private String prefix;
  private final Map<String, String> names = new LinkedHashMap<>();

  /** The defaults. */
  public LoadStateDictOptions() {}

  /**
   * A missing or unexpected key is an error.
   *
   * @param strict true by default
   * @return this
   */
  public LoadStateDictOptions strict(boolean strict) {
    this.strict = strict;
    return this;
  }

  /**
   * Takes the tensors themselves instead of copying into the model's.
   *
   * @param assign false by default
   * @return this
   */
  public LoadStateDictOptions assign(boolean assign) {
    this.assign = assign;
    return this;
  }

  /**
   * Leaves out keys whose shape differs, instead of failing.
   *
   * @param ignore false by default
   * @return this
   */
  public LoadStateDictOptions ignoreMismatched(boolean ignore) {
    ignoreMismatched = ignore;
    return this;
  }

  /**
   * Only reports: the model is not changed.
   *
   * @param dry false by default
   * @return this
   */
  public LoadStateDictOptions dryRun(boolean dry) {
    dryRun = dry;
    return this;
  }

  /**
   * Takes a prefix off every key that has it.
   *
   * @param prefix "module."; null: none
   * @return this
   */
  public LoadStateDictOptions stripPrefix(String prefix) {
    this.prefix = prefix;
    return this;
  }

  /**
   * Another name for a key, or for the path of a module, after stripPrefix.
   *
   * @param from in the state_dict
   * @param to here
   * @return this
   */
  public LoadStateDictOptions rename(String from, String to) {
    names.put(from, to);
    return this;
  }

  /** A struct for C, to be freed. */
  long create() {
    long options = NativeTorch.wpb_load_state_dict_options_create(strict, assign, ignoreMismatched, dryRun, ACCESS.text(prefix));
    try {
      boolean done = options != 0;
      for (Map.Entry<String, String> each : names.entrySet()) {
        done = done
            && NativeTorch.wpb_load_state_dict_options_rename(options, ACCESS.text(each.getKey()), ACCESS.text(each.getValue()));
      }
      if (!done) throw new OutOfMemoryError("no memory for options");
      return options;
    } catch (RuntimeException | Error failure) {
      NativeTorch.wpb_load_state_dict_options_free(options);
      throw failure;
    }
  }
}
