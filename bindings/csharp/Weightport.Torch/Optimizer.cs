// SPDX-License-Identifier: MIT
using System;
using Weightport.Internal;
using Weightport.Torch.Internal;

namespace Weightport.Torch
{
  /// <summary>An optimizer whose state is Python's: training resumes in either language. It keeps the parameters alive. One
  /// thread at a time, together with its model. A negative number of a group, but <see cref="AllGroups"/> where it is allowed, is
  /// an ArgumentOutOfRangeException.</summary>
  public sealed class Optimizer : IDisposable
  {
    /// <summary>Stands for every parameter group.</summary>
    public const int AllGroups = -1;

    readonly OptimizerHandle handle;

    /// <summary>An "SGD", "Adam", "AdamW", "RMSprop", "Adagrad" or "LBFGS" for all parameters of a model. Errors:
    /// <see cref="ErrorCode.NotFound"/> (no such class), <see cref="ErrorCode.InvalidArgument"/>,
    /// <see cref="ErrorCode.Mismatch"/> and <see cref="ErrorCode.Unsupported"/> (a hyperparameter, by name).</summary>
    /// <param name="className">PyTorch's</param>
    /// <param name="model">whose parameters</param>
    /// <param name="hyperparameters">PyTorch's keyword arguments, as <see cref="Value.From"/> takes a dict</param>
    public Optimizer(string className, Model model, object? hyperparameters = null)
    {
      if (model == null) throw new ArgumentNullException(nameof(model));
      byte[] name = Utf8.Terminated(className);
      using (var given = new Borrow(model.Handle))
      using (var value = new Optional(hyperparameters))
      {
        IntPtr made;
        Failure.Check(NativeTorchPINVOKE.wp_optimizer_create_for_model(out made, name, given.Address, value.Address));
        handle = new OptimizerHandle(made);
      }
    }

    /// <summary>As the other, for what Python takes as params: a list or dict of tensors, or a list of dicts, one for each parameter
    /// group.</summary>
    public Optimizer(string className, object parameters, object? hyperparameters = null)
    {
      byte[] name = Utf8.Terminated(className);
      using (var given = new Optional(parameters ?? throw new ArgumentNullException(nameof(parameters))))
      using (var value = new Optional(hyperparameters))
      {
        IntPtr made;
        Failure.Check(NativeTorchPINVOKE.wp_optimizer_create(out made, name, given.Address, value.Address));
        handle = new OptimizerHandle(made);
      }
    }

    internal OptimizerHandle Handle => handle;

    /// <summary>Gives the optimizer up. A second call does nothing.</summary>
    public void Dispose() => handle.Dispose();

    void Run(Func<IntPtr, IntPtr> function)
    {
      using (var optimizer = new Borrow(handle)) Failure.Check(function(optimizer.Address));
    }

    /// <summary>Changes the parameters by their gradients. LBFGS needs a closure.</summary>
    public void Step() => Run(NativeTorchPINVOKE.wp_optimizer_step);

    /// <summary>A step that computes the loss itself, several times for LBFGS: the closure clears the gradients, computes the loss
    /// again and calls Backward, as Python's does; the loss is disposed of for it. What it throws ends the step with
    /// <see cref="ErrorCode.Callback"/>, as the InnerException. Gives the loss before the step.</summary>
    public Tensor Step(Func<Tensor> closure)
    {
      IntPtr token = new Closure(closure).Token();
      try
      {
        using (var optimizer = new Borrow(handle))
        {
          IntPtr loss;
          Failure.Check(NativeTorchPINVOKE.wpb_optimizer_step_closure(out loss, optimizer.Address, token));
          return new Tensor(loss);
        }
      }
      finally
      {
        Callback.Forget(token);
      }
    }

    /// <summary>Takes the gradients of all parameters away.</summary>
    public void ZeroGrad() => Run(NativeTorchPINVOKE.wp_optimizer_zero_grad);

    /// <summary>optimizer.state_dict() as Python lays it out. Its tensors share memory with the optimizer.</summary>
    public Value StateDict()
    {
      using (var optimizer = new Borrow(handle))
      {
        IntPtr state;
        Failure.Check(NativeTorchPINVOKE.wp_optimizer_state_dict(out state, optimizer.Address));
        return Value.Own(state);
      }
    }

    /// <summary>optimizer.load_state_dict() of what Python's, or <see cref="StateDict"/>, gave. Errors:
    /// <see cref="ErrorCode.Mismatch"/>, <see cref="ErrorCode.Unsupported"/>; nothing is changed then.</summary>
    public void LoadStateDict(object state)
    {
      using (var value = new Optional(state ?? throw new ArgumentNullException(nameof(state))))
      {
        IntPtr given = value.Address;
        Run(optimizer => NativeTorchPINVOKE.wp_optimizer_load_state_dict(optimizer, given));
      }
    }

    /// <summary>"SGD", say.</summary>
    public string ClassName
    {
      get { using (var optimizer = new Borrow(handle)) return Utf8.Text(NativeTorchPINVOKE.wp_optimizer_class(optimizer.Address)); }
    }

    /// <summary>Number of parameter groups.</summary>
    public int ParamGroupCount
    {
      get { using (var optimizer = new Borrow(handle)) return (int)NativeTorchPINVOKE.wp_optimizer_param_group_count(optimizer.Address); }
    }

    /// <summary>A group's hyperparameters, without "params". Errors: <see cref="ErrorCode.NotFound"/>.</summary>
    public Value ParamGroup(int group)
    {
      using (var optimizer = new Borrow(handle))
      {
        IntPtr made;
        Failure.Check(NativeTorchPINVOKE.wp_optimizer_param_group(out made, optimizer.Address, One(group)));
        return Value.Own(made);
      }
    }

    /// <summary>Sets a hyperparameter of a group, or of <see cref="AllGroups"/>. Errors: <see cref="ErrorCode.NotFound"/>,
    /// <see cref="ErrorCode.Mismatch"/>, <see cref="ErrorCode.Unsupported"/>.</summary>
    public void Set(int group, string name, object? value)
    {
      byte[] utf8 = Utf8.Terminated(name);
      using (var made = new Value.Argument(value))
      {
        IntPtr given = made.Address;
        Run(optimizer => NativeTorchPINVOKE.wp_optimizer_set(optimizer, Index(group), utf8, given));
      }
    }

    /// <summary>The learning rate of a group. Errors: <see cref="ErrorCode.NotFound"/>.</summary>
    public double GetLR(int group = 0)
    {
      using (var optimizer = new Borrow(handle))
      {
        double lr;
        Failure.Check(NativeTorchPINVOKE.wp_optimizer_get_lr(out lr, optimizer.Address, One(group)));
        return lr;
      }
    }

    /// <summary>Sets the learning rate of a group, or of <see cref="AllGroups"/>. Errors: <see cref="ErrorCode.NotFound"/>,
    /// <see cref="ErrorCode.InvalidArgument"/>.</summary>
    public void SetLR(int group, double lr) => Run(optimizer => NativeTorchPINVOKE.wp_optimizer_set_lr(optimizer, Index(group), lr));

    // C takes SIZE_MAX for all groups.
    static unsafe UIntPtr Index(int group) => group == AllGroups ? (UIntPtr)(void*)(IntPtr)(-1) : One(group);

    internal static UIntPtr One(int group) =>
      group >= 0 ? (UIntPtr)group : throw new ArgumentOutOfRangeException(nameof(group), group, "a negative number");
  }
}
