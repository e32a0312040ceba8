// SPDX-License-Identifier: MIT
package org.weightport.torch;

import java.util.Map;
import org.weightport.Tensor;
import org.weightport.internal.Access.Lent;
import org.weightport.internal.NativeTorch;

/** A loss function with its options. */
public final class Loss extends Calls {
  /**
   * Makes a loss function.
   *
   * @param name that of torch.nn.functional ("cross_entropy") or of the class ("CrossEntropyLoss"); NOT_FOUND
   * @param options the keyword arguments of its class; null: PyTorch's defaults; MISMATCH, UNSUPPORTED (by name)
   */
  public Loss(String name, Map<String, ?> options) {
    super(create(name, options), NativeTorch::wp_loss_release);
  }

  private static long create(String name, Map<String, ?> options) {
    byte[] text = ACCESS.text(name);
    try (Lent value = ACCESS.lendValue(options)) {
      return out(out -> NativeTorch.wp_loss_create(out, text, value.address()));
    }
  }

  /**
   * The loss of a model's output.
   *
   * @param input what the model gave
   * @param target as PyTorch asks for
   * @return for Torch.backward()
   */
  public Tensor compute(Tensor input, Tensor target) {
    try (Lent lent = lend(); Lent first = ACCESS.lend(input); Lent second = ACCESS.lend(target)) {
      return ACCESS.tensor(out(out -> NativeTorch.wp_loss_compute(out, lent.address(), first.address(), second.address())));
    }
  }
}
