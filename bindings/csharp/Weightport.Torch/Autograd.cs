// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
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

    /// <summary>The same from several tensors at once, such as the losses of several heads: torch.autograd.backward(). Errors:
    /// <see cref="ErrorCode.Mismatch"/> (its key is the index), <see cref="ErrorCode.Torch"/>.</summary>
    /// <param name="tensors">each has a history</param>
    /// <param name="gradients">as many, each of the shape of its tensor: the weight of a loss, say; null for one where that is 1 for
    /// a single element, and null for all</param>
    /// <param name="retainGraph">keep the history, for another call over the same</param>
    public static void Backward(IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor?>? gradients = null, bool retainGraph = false)
    {
      if (tensors == null) throw new ArgumentNullException(nameof(tensors));
      using (var first = new Optional(tensors))
      using (var second = new Optional(gradients))
      {
        Failure.Check(NativeTorchPINVOKE.wp_autograd_backward(first.Address, second.Address, (byte)(retainGraph ? 1 : 0)));
      }
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

    /// <summary>Tensor.to(dtype), with its history. Errors: <see cref="ErrorCode.Unsupported"/> (a dtype that this libtorch
    /// lacks).</summary>
    public static Tensor ToDType(this Tensor tensor, DType dtype) => new Tensor(
      Get(tensor, (out IntPtr result, IntPtr given) => NativeTorchPINVOKE.wp_tensor_to_dtype(out result, given, (int)dtype)));

    /// <summary>Tensor.reshape(), with its history: of logits that are to go into a loss, say. Errors:
    /// <see cref="ErrorCode.Torch"/> (another number of elements).</summary>
    /// <param name="tensor">any</param>
    /// <param name="shape">one size may be -1, which stands for what is left</param>
    public static unsafe Tensor Reshape(this Tensor tensor, params long[] shape)
    {
      if (tensor == null) throw new ArgumentNullException(nameof(tensor));
      if (shape == null) throw new ArgumentNullException(nameof(shape));
      using (var given = new Borrow(tensor.Handle))
      fixed (long* sizes = shape)
      {
        IntPtr result;
        Failure.Check(NativeTorchPINVOKE.wp_tensor_reshape(out result, given.Address, sizes, (UIntPtr)shape.Length));
        return new Tensor(result);
      }
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
