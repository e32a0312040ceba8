// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Weightport.Internal;

namespace Weightport.Torch.Internal
{
  internal sealed class ModelHandle : Handle
  {
    internal ModelHandle(IntPtr address) : base(address) { }
    internal override string Owner => nameof(Model);
    protected override void Release(IntPtr address) => NativeTorchPINVOKE.wp_model_release(address);
  }

  internal sealed class LossHandle : Handle
  {
    internal LossHandle(IntPtr address) : base(address) { }
    internal override string Owner => nameof(Loss);
    protected override void Release(IntPtr address) => NativeTorchPINVOKE.wp_loss_release(address);
  }

  internal sealed class OptimizerHandle : Handle
  {
    internal OptimizerHandle(IntPtr address) : base(address) { }
    internal override string Owner => nameof(Optimizer);
    protected override void Release(IntPtr address) => NativeTorchPINVOKE.wp_optimizer_release(address);
  }

  internal sealed class SchedulerHandle : Handle
  {
    readonly IntPtr token;

    /// <param name="address">a new reference</param>
    /// <param name="token">of what computes its learning rates, which is given up after it; zero if C does</param>
    internal SchedulerHandle(IntPtr address, IntPtr token) : base(address) { this.token = token; }

    internal override string Owner => nameof(Scheduler);

    protected override void Release(IntPtr address)
    {
      NativeTorchPINVOKE.wp_scheduler_release(address);
      if (token != IntPtr.Zero) Callback.Forget(token);
    }
  }

  /// <summary>What libweightport-torch calls: a closure that computes a loss, or a function that gives learning rates.</summary>
  internal sealed unsafe class Closure : Callback
  {
    // C keeps pointers to these for as long as the process runs.
    static readonly LossFunction loss = OnLoss;
    static readonly LambdaFunction lambda = OnLambda;

    static Closure()
    {
      NativeTorchPINVOKE.wpb_set_torch_callbacks(
        Marshal.GetFunctionPointerForDelegate(loss), Marshal.GetFunctionPointerForDelegate(lambda));
    }

    readonly Func<Tensor>? compute;
    readonly Func<long, int, double>? factor;
    readonly Dictionary<int, double> last = new Dictionary<int, double>();
    Exception? failure;

    internal Closure(Func<Tensor> compute) { this.compute = compute ?? throw new ArgumentNullException(nameof(compute)); }

    internal Closure(Func<long, int, double> factor) { this.factor = factor ?? throw new ArgumentNullException(nameof(factor)); }

    /// <summary>What the function that gives learning rates threw last, which is then forgotten.</summary>
    internal Exception? TakeFailure()
    {
      Exception? taken = failure;
      failure = null;
      return taken;
    }

    [MonoPInvokeCallback(typeof(LossFunction))]
    static int OnLoss(IntPtr* result, IntPtr token)
    {
      var closure = (Closure)Of(token);
      try
      {
        using (Tensor computed = closure.compute!())
        using (var borrow = new Borrow(computed.Handle)) *result = NativePINVOKE.wp_tensor_retain(borrow.Address);
        return 0;
      }
      catch (Exception exception)
      {
        return Causes.Keep(exception);
      }
    }

    // C knows no failure of a lambda, which is found after the call; until then the learning rate stays as it is.
    [MonoPInvokeCallback(typeof(LambdaFunction))]
    static double OnLambda(long epoch, UIntPtr group, IntPtr token)
    {
      var closure = (Closure)Of(token);
      try
      {
        return closure.last[(int)group] = closure.factor!(epoch, (int)group);
      }
      catch (Exception exception)
      {
        closure.failure = exception;
        double before;
        return closure.last.TryGetValue((int)group, out before) ? before : 0;
      }
    }

    delegate int LossFunction(IntPtr* result, IntPtr token);
    delegate double LambdaFunction(long epoch, UIntPtr group, IntPtr token);
  }
}
