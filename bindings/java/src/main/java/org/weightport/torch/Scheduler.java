// SPDX-License-Identifier: MIT
package org.weightport.torch;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.weightport.Value;
import org.weightport.internal.Access.Lent;
import org.weightport.internal.Callback;
import org.weightport.internal.NativeTorch;

/** Learning rates over time: torch.optim.lr_scheduler, with Python's state. It keeps its optimizer alive. */
public final class Scheduler extends Calls {
  /** Of LambdaLR: the factor for the initial learning rate. */
  @FunctionalInterface
  public interface Factor {
    /**
     * Called by the constructor and by step().
     *
     * @param epoch 0 for the first
     * @param group number
     * @return factor
     * @throws Exception ends the call
     */
    double of(long epoch, int group) throws Exception;
  }

  /** A factor, and what it gave and threw. */
  private static final class Lambda {
    private final Factor factor;
    private final Map<Long, Double> last = new HashMap<>();
    private Throwable cause;

    Lambda(Factor factor) {
      this.factor = factor;
    }

    double lrLambda(long epoch, long group) {
      try {
        last.put(group, factor.of(epoch, (int) group));
      } catch (Throwable failure) {
        cause = failure;
      }
      return last.getOrDefault(group, 1.0);
    }

    /** What was thrown meanwhile, which C cannot be told of. */
    void check() {
      Throwable thrown = cause;
      cause = null;
      if (thrown != null) throw ACCESS.failed("the factor of the learning rate cannot be computed", thrown);
    }
  }

  /** What C keeps: the factor may refer to whoever holds the scheduler. C asks during calls only, when the scheduler is there. */
  private static final class Weak extends Callback {
    private final WeakReference<Lambda> lambda;

    Weak(Lambda lambda) {
      this.lambda = new WeakReference<>(lambda);
    }

    @Override
    public double lrLambda(long epoch, long group) {
      return lambda.get().lrLambda(epoch, group);
    }
  }

  private final Lambda lambda;

  private Scheduler(long address, Lambda lambda, long token) {
    super(address, scheduler -> {
      NativeTorch.wp_scheduler_release(scheduler);
      if (token != 0) NativeTorch.wpb_lr_lambda_free(token);
    });
    this.lambda = lambda;
  }

  /**
   * Makes a scheduler, which sets "initial_lr" and the first learning rate, as in Python.
   *
   * @param name "StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR" or "ReduceLROnPlateau"; NOT_FOUND
   * @param optimizer that is scheduled
   * @param options PyTorch's keyword arguments; INVALID_ARGUMENT, MISMATCH, UNSUPPORTED (by name)
   */
  public Scheduler(String name, Optimizer optimizer, Map<String, ?> options) {
    this(create(name, optimizer, options), null, 0);
  }

  private static long create(String name, Optimizer optimizer, Map<String, ?> options) {
    byte[] text = ACCESS.text(name);
    try (Lent lent = optimizer.lend(); Lent value = ACCESS.lendValue(options)) {
      return out(out -> NativeTorch.wp_scheduler_create(out, text, lent.address(), value.address()));
    }
  }

  /**
   * Makes a LambdaLR.
   *
   * @param optimizer that is scheduled
   * @param factor times the initial lr; what it throws is the cause of CALLBACK
   * @return a new one
   */
  public static Scheduler lambda(Optimizer optimizer, Factor factor) {
    Lambda lambda = new Lambda(factor);
    long token = NativeTorch.wpb_lr_lambda_create(new Weak(lambda));
    long address;
    try (Lent lent = optimizer.lend()) {
      address = out(out -> NativeTorch.wpb_scheduler_create_lambda(out, lent.address(), token));
    } catch (RuntimeException | Error failure) {
      NativeTorch.wpb_lr_lambda_free(token);
      throw failure;
    }
    Scheduler scheduler = new Scheduler(address, lambda, token);
    try {
      lambda.check();
    } catch (RuntimeException failure) {
      scheduler.close();
      throw failure;
    }
    return scheduler;
  }

  /** The next epoch. ReduceLROnPlateau needs step(double). */
  public void step() {
    run(NativeTorch::wp_scheduler_step);
    if (lambda != null) lambda.check();
  }

  /**
   * The next epoch of ReduceLROnPlateau.
   *
   * @param metric the watched number after it
   */
  public void step(double metric) {
    run(address -> NativeTorch.wp_scheduler_step_metric(address, metric));
  }

  /**
   * get_last_lr() of a group.
   *
   * @param group number
   * @return lr; NOT_FOUND
   */
  public double lastLr(int group) {
    double[] lr = new double[1];
    int number = ACCESS.index("parameter group", group);
    run(address -> NativeTorch.wp_scheduler_get_last_lr(lr, address, number));
    return lr[0];
  }

  /** scheduler.state_dict() with Python's keys; a new tree. */
  public Value stateDict() {
    try (Lent lent = lend()) {
      return ACCESS.value(out(out -> NativeTorch.wp_scheduler_state_dict(out, lent.address())));
    }
  }

  /**
   * scheduler.load_state_dict().
   *
   * @param state of Python's or of stateDict(); MISMATCH: nothing is changed then
   */
  public void loadStateDict(Object state) {
    try (Lent lent = lend(); Lent value = ACCESS.lendValue(state)) {
      ACCESS.check(NativeTorch.wp_scheduler_load_state_dict(lent.address(), value.address()));
    }
  }
}
