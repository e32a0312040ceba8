// SPDX-License-Identifier: MIT
package org.weightport.torch;

import java.util.Map;
import java.util.concurrent.Callable;
import org.weightport.Tensor;
import org.weightport.Value;
import org.weightport.internal.Access.Lent;
import org.weightport.internal.Callback;
import org.weightport.internal.Native;
import org.weightport.internal.NativeTorch;

/** An optimizer of libtorch whose state is Python's: training resumes in either language. It keeps the parameters alive. */
public final class Optimizer extends Calls {
  /** Every parameter group. */
  public static final int ALL_GROUPS = -1;

  /**
   * Makes an optimizer for all parameters of a model in one group.
   *
   * @param name "SGD", "Adam", "AdamW", "RMSprop", "Adagrad" or "LBFGS"; NOT_FOUND
   * @param model whose parameters are trained
   * @param hyperparameters PyTorch's keyword arguments; null: its defaults; MISMATCH, INVALID_ARGUMENT, UNSUPPORTED (by name)
   */
  public Optimizer(String name, Model model, Map<String, ?> hyperparameters) {
    super(create(name, model, hyperparameters), NativeTorch::wp_optimizer_release);
  }

  /**
   * Makes an optimizer for what Python takes as params.
   *
   * @param name as above
   * @param params a List or Map of tensors, a model's or from Torch.track(), or a List of Maps, one for each parameter group
   * @param hyperparameters as above, for all groups
   */
  public Optimizer(String name, Object params, Map<String, ?> hyperparameters) {
    super(create(name, params, hyperparameters), NativeTorch::wp_optimizer_release);
  }

  private static long create(String name, Object params, Map<String, ?> hyperparameters) {
    byte[] text = ACCESS.text(name);
    boolean whole = params instanceof Model;
    try (Lent of = whole ? ((Model) params).lend() : ACCESS.lendValue(params); Lent value = ACCESS.lendValue(hyperparameters)) {
      return out(out -> whole ? NativeTorch.wp_optimizer_create_for_model(out, text, of.address(), value.address())
          : NativeTorch.wp_optimizer_create(out, text, of.address(), value.address()));
    }
  }

  /** Changes the parameters by their gradients. LBFGS needs step(Callable). */
  public void step() {
    run(NativeTorch::wp_optimizer_step);
  }

  /** A closure as C sees it. */
  private static final class Closure extends Callback {
    private final Callable<Tensor> function;

    Closure(Callable<Tensor> function) {
      this.function = function;
    }

    @Override
    public int closure(long[] out) {
      try (Tensor loss = function.call(); Lent lent = ACCESS.lend(loss)) {
        out[0] = Native.wp_tensor_retain(lent.address());
        return 0;
      } catch (Throwable failure) {
        return ACCESS.keep(failure);
      }
    }
  }

  /**
   * A step that computes the loss itself, several times for LBFGS.
   *
   * @param closure clears the gradients, computes the loss again and calls backward; what it gives is closed for it
   * @return the loss before the step; CALLBACK, whose cause is what the closure threw
   */
  public Tensor step(Callable<Tensor> closure) {
    Closure callback = new Closure(closure);
    long[] loss = new long[1];
    try (Lent lent = lend()) {
      ACCESS.check(NativeTorch.wpb_optimizer_step_closure(loss, lent.address(), callback));
    }
    return ACCESS.tensor(loss[0]);
  }

  /** Takes the gradients of all parameters away. */
  public void zeroGrad() {
    run(NativeTorch::wp_optimizer_zero_grad);
  }

  /** optimizer.state_dict() as Python lays it out; a new tree, whose tensors share memory with the optimizer. */
  public Value stateDict() {
    try (Lent lent = lend()) {
      return ACCESS.value(out(out -> NativeTorch.wp_optimizer_state_dict(out, lent.address())));
    }
  }

  /**
   * optimizer.load_state_dict().
   *
   * @param state of Python's or of stateDict(); MISMATCH, UNSUPPORTED: nothing is changed then
   */
  public void loadStateDict(Object state) {
    try (Lent lent = lend(); Lent value = ACCESS.lendValue(state)) {
      ACCESS.check(NativeTorch.wp_optimizer_load_state_dict(lent.address(), value.address()));
    }
  }

  /** Its class; "SGD". */
  public String name() {
    try (Lent lent = lend()) {
      return ACCESS.string(NativeTorch.wp_optimizer_class(lent.address()));
    }
  }

  /** Number of parameter groups; 1 or more. */
  public int paramGroupCount() {
    try (Lent lent = lend()) {
      return (int) NativeTorch.wp_optimizer_param_group_count(lent.address());
    }
  }

  private static int group(int group) {
    return ACCESS.index("parameter group", group);
  }

  private static int groupOrAll(int group) {
    return group == ALL_GROUPS ? group : group(group);
  }

  /**
   * A group's hyperparameters, without "params".
   *
   * @param group number
   * @return a new tree; NOT_FOUND
   */
  public Value paramGroup(int group) {
    int number = group(group);
    try (Lent lent = lend()) {
      return ACCESS.value(out(out -> NativeTorch.wp_optimizer_param_group(out, lent.address(), number)));
    }
  }

  /**
   * Sets a hyperparameter.
   *
   * @param group number, or ALL_GROUPS; NOT_FOUND
   * @param name of it
   * @param of value; MISMATCH, UNSUPPORTED
   */
  public void set(int group, String name, Object of) {
    byte[] text = ACCESS.text(name);
    int number = groupOrAll(group);
    try (Value made = Value.of(of); Lent lent = lend(); Lent value = ACCESS.lendValue(made)) {
      ACCESS.check(NativeTorch.wp_optimizer_set(lent.address(), number, text, value.address()));
    }
  }

  /**
   * The learning rate of a group.
   *
   * @param group number
   * @return lr; NOT_FOUND
   */
  public double lr(int group) {
    double[] lr = new double[1];
    int number = group(group);
    run(address -> NativeTorch.wp_optimizer_get_lr(lr, address, number));
    return lr[0];
  }

  /**
   * Sets the learning rate.
   *
   * @param group number, or ALL_GROUPS; NOT_FOUND
   * @param lr finite, not negative
   */
  public void setLr(int group, double lr) {
    int number = groupOrAll(group);
    run(address -> NativeTorch.wp_optimizer_set_lr(address, number, lr));
  }
}
