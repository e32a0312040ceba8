// SPDX-License-Identifier: MIT
using System;
using Weightport.Internal;
using Weightport.Torch.Internal;

namespace Weightport.Torch
{
  /// <summary>Gradients of tensors that a model made.</summary>
  public static class Autograd
  {
    delegate IntPtr Getter(out IntPtr result, IntPtr tensor);

    static IntPtr Get(Tensor tensor, Getter getter)
    {
      if (tensor == null) throw new ArgumentNullException(nameof(tensor));
      using (var given = new Borrow(tensor.Handle))
      {
        IntPtr result;
        Failure.Check(getter(out result, given.Address));
        return result;
      }
    }

    /// <summary>Adds the gradients of a tensor of one element to the leaves it was computed from. Errors:
    /// <see cref="ErrorCode.Mismatch"/> (it has not one element, or no history), <see cref="ErrorCode.Torch"/>.</summary>
    public static void Backward(this Tensor tensor)
    {
      if (tensor == null) throw new ArgumentNullException(nameof(tensor));
      using (var given = new Borrow(tensor.Handle)) Failure.Check(NativeTorchPINVOKE.wp_tensor_backward(given.Address));
    }

    /// <summary>The gradient of a leaf, in the same memory; null where there is none yet.</summary>
    public static Tensor? Grad(this Tensor tensor)
    {
      IntPtr gradient = Get(tensor, NativeTorchPINVOKE.wp_tensor_grad);
      return gradient == IntPtr.Zero ? null : new Tensor(gradient);
    }

    /// <summary>The same memory without history.</summary>
    public static Tensor Detach(this Tensor tensor) => new Tensor(Get(tensor, NativeTorchPINVOKE.wp_tensor_detach));

    /// <summary>A tensor that gradients are kept for, over the same memory. Errors: <see cref="ErrorCode.Mismatch"/> (integers have
    /// no gradient).</summary>
    public static Tensor Track(this Tensor tensor) => new Tensor(Get(tensor, NativeTorchPINVOKE.wp_tensor_track));

    /// <summary>The tensor on a device, with its history: a model and its input must be on one. Errors:
    /// <see cref="ErrorCode.InvalidArgument"/> (no such device), <see cref="ErrorCode.Torch"/> (no CUDA here).</summary>
    /// <param name="tensor">any</param>
    /// <param name="device">"cpu", "cuda", "cuda:1"</param>
    public static Tensor ToDevice(this Tensor tensor, string device)
    {
      byte[] name = Utf8.Terminated(device);
      return new Tensor(
        Get(tensor, (out IntPtr result, IntPtr given) => NativeTorchPINVOKE.wp_tensor_to_device(out result, given, name)));
    }

    /// <summary>Scales all gradients so that their norm together is at most `maxNorm`, and gives the norm before.</summary>
    /// <param name="parameters">such as <see cref="Model.NamedParameters"/> gives</param>
    /// <param name="maxNorm">the largest norm</param>
    /// <param name="normType">2 for the usual norm; infinity for the largest element</param>
    public static double ClipGradNorm(StateDict parameters, double maxNorm, double normType = 2)
    {
      if (parameters == null) throw new ArgumentNullException(nameof(parameters));
      using (var given = new Borrow(parameters.Handle))
      {
        double norm;
        Failure.Check(NativeTorchPINVOKE.wp_clip_grad_norm(out norm, given.Address, maxNorm, normType));
        return norm;
      }
    }

    /// <summary>torch.no_grad(): operations of this thread are not recorded until Dispose, which belongs to the same
    /// thread: do not `await` in between.</summary>
    public static IDisposable NoGrad() => new Scope();

    sealed class Scope : IDisposable
    {
      readonly byte before = NativeTorchPINVOKE.wp_set_grad_enabled(0);
      bool ended;

      public void Dispose()
      {
        if (!ended) NativeTorchPINVOKE.wp_set_grad_enabled(before);
        ended = true;
      }
    }
  }
}
