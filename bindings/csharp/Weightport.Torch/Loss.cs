// SPDX-License-Identifier: MIT
using System;
using Weightport.Internal;
using Weightport.Torch.Internal;

namespace Weightport.Torch
{
  /// <summary>A loss function with its options. Any thread may use it.</summary>
  public sealed class Loss : IDisposable
  {
    readonly LossHandle handle;

    /// <summary>A loss of the name in torch.nn.functional ("cross_entropy") or of the class ("CrossEntropyLoss"). Errors:
    /// <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Mismatch"/> and <see cref="ErrorCode.Unsupported"/> (an option, by
    /// name).</summary>
    /// <param name="name">of the loss</param>
    /// <param name="options">keyword arguments of the class, as <see cref="Value.From"/> takes a dict</param>
    public Loss(string name, object? options = null)
    {
      byte[] utf8 = Utf8.Terminated(name);
      using (var value = new Optional(options))
      {
        IntPtr made;
        Failure.Check(NativeTorchPINVOKE.wp_loss_create(out made, utf8, value.Address));
        handle = new LossHandle(made);
      }
    }

    /// <summary>Gives the loss up. A second call does nothing.</summary>
    public void Dispose() => handle.Dispose();

    /// <summary>The loss of a model's output, from which <see cref="Autograd.Backward(Tensor)"/> starts. Errors:
    /// <see cref="ErrorCode.Torch"/> (shapes or dtypes that do not fit).</summary>
    public Tensor Compute(Tensor input, Tensor target)
    {
      if (input == null) throw new ArgumentNullException(nameof(input));
      if (target == null) throw new ArgumentNullException(nameof(target));
      using (var loss = new Borrow(handle))
      using (var given = new Borrow(input.Handle))
      using (var wanted = new Borrow(target.Handle))
      {
        IntPtr result;
        Failure.Check(NativeTorchPINVOKE.wp_loss_compute(out result, loss.Address, given.Address, wanted.Address));
        return new Tensor(result);
      }
    }
  }
}
