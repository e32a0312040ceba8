// SPDX-License-Identifier: MIT
using System;
using Weightport.Internal;
using Weightport.Torch.Internal;

namespace Weightport.Torch
{
  /// <summary>Learning rates over time: torch.optim.lr_scheduler, with Python's state. It keeps its optimizer alive. One thread
  /// at a time, together with its optimizer.</summary>
  public sealed class Scheduler : IDisposable
  {
    readonly SchedulerHandle handle;
    readonly Closure? lambda;

    /// <summary>A "StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR" or "ReduceLROnPlateau". As in Python, making it sets
    /// "initial_lr" and the first learning rate. Errors: <see cref="ErrorCode.NotFound"/> (no such class),
    /// <see cref="ErrorCode.InvalidArgument"/>, <see cref="ErrorCode.Mismatch"/> and <see cref="ErrorCode.Unsupported"/> (an
    /// option, by name).</summary>
    /// <param name="className">PyTorch's</param>
    /// <param name="optimizer">whose learning rates</param>
    /// <param name="options">PyTorch's keyword arguments, as <see cref="Value.From"/> takes a dict</param>
    public Scheduler(string className, Optimizer optimizer, object? options = null)
    {
      if (optimizer == null) throw new ArgumentNullException(nameof(optimizer));
      byte[] name = Utf8.Terminated(className);
      using (var given = new Borrow(optimizer.Handle))
      using (var value = new Optional(options))
      {
        IntPtr made;
        Failure.Check(NativeTorchPINVOKE.wp_scheduler_create(out made, name, given.Address, value.Address));
        handle = new SchedulerHandle(made, IntPtr.Zero);
      }
    }

    /// <summary>A LambdaLR: the learning rate is the initial one times what the function gives for an epoch, 0 for the first, and a
    /// group. What it throws is the InnerException of the call that needed it.</summary>
    public Scheduler(Optimizer optimizer, Func<long, int, double> lambda)
    {
      if (optimizer == null) throw new ArgumentNullException(nameof(optimizer));
      this.lambda = new Closure(lambda);
      // The function may refer to whoever holds this.
      IntPtr made, token = this.lambda.WeakToken();
      try
      {
        using (var given = new Borrow(optimizer.Handle))
        {
          Failure.Check(NativeTorchPINVOKE.wpb_scheduler_create_lambda(out made, given.Address, token));
        }
        handle = new SchedulerHandle(made, token);
      }
      catch
      {
        Callback.Forget(token);
        throw;
      }
      CheckLambda(true);
    }

    /// <summary>Gives the scheduler up. A second call does nothing.</summary>
    public void Dispose() => handle.Dispose();

    void CheckLambda(bool disposes = false)
    {
      Exception? cause = lambda == null ? null : lambda.TakeFailure();
      if (cause == null) return;
      if (disposes) handle.Dispose();
      throw new WeightportException(ErrorCode.Callback, "the learning rate's function failed", null, -1, null, cause);
    }

    /// <summary>The next epoch. ReduceLROnPlateau needs a metric.</summary>
    public void Step()
    {
      using (var scheduler = new Borrow(handle)) Failure.Check(NativeTorchPINVOKE.wp_scheduler_step(scheduler.Address));
      CheckLambda(); // and the function has been reachable until here
    }

    /// <summary>The next epoch of ReduceLROnPlateau, after which the watched number was `metric`.</summary>
    public void Step(double metric)
    {
      using (var scheduler = new Borrow(handle)) Failure.Check(NativeTorchPINVOKE.wp_scheduler_step_metric(scheduler.Address, metric));
    }

    /// <summary>get_last_lr() of a group. Errors: <see cref="ErrorCode.NotFound"/>; ArgumentOutOfRangeException (a negative
    /// number).</summary>
    public double GetLastLR(int group = 0)
    {
      using (var scheduler = new Borrow(handle))
      {
        double lr;
        Failure.Check(NativeTorchPINVOKE.wp_scheduler_get_last_lr(out lr, scheduler.Address, Optimizer.One(group)));
        return lr;
      }
    }

    /// <summary>scheduler.state_dict() with Python's keys.</summary>
    public Value StateDict()
    {
      using (var scheduler = new Borrow(handle))
      {
        IntPtr state;
        Failure.Check(NativeTorchPINVOKE.wp_scheduler_state_dict(out state, scheduler.Address));
        return Value.Own(state);
      }
    }

    /// <summary>scheduler.load_state_dict(). Errors: <see cref="ErrorCode.Mismatch"/>; nothing is changed then.</summary>
    public void LoadStateDict(object state)
    {
      using (var value = new Optional(state ?? throw new ArgumentNullException(nameof(state))))
      using (var scheduler = new Borrow(handle))
      {
        Failure.Check(NativeTorchPINVOKE.wp_scheduler_load_state_dict(scheduler.Address, value.Address));
      }
    }
  }
}
