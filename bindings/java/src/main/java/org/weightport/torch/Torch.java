// SPDX-License-Identifier: MIT
package org.weightport.torch;

import static org.weightport.torch.Calls.ACCESS;
import static org.weightport.torch.Calls.out;

import java.util.List;
import java.util.concurrent.Callable;
import org.weightport.DType;
import org.weightport.StateDict;
import org.weightport.Tensor;
import org.weightport.internal.Access.Lent;
import org.weightport.internal.Native;
import org.weightport.internal.NativeTorch;

/** Gradients, and the libtorch below. */
public final class Torch {
  private Torch() {}

  /** Version of libtorch; "1.13.1". */
  public static String version() {
    return ACCESS.string(NativeTorch.wp_torch_version());
  }

  /**
   * Whether tensors and models can be on a device.
   *
   * @param device "cpu", "cuda", "cuda:1"
   * @return false for no device
   */
  public static boolean deviceAvailable(String device) {
    return NativeTorch.wp_torch_device_available(ACCESS.text(device));
  }

  /**
   * torch.manual_seed(): for initial weights, dropout and the like.
   *
   * @param seed 64 bits
   */
  public static void manualSeed(long seed) {
    ACCESS.check(NativeTorch.wp_torch_manual_seed(seed));
  }

  /** Threads that one operation may use; 1 or more. */
  public static int numThreads() {
    return NativeTorch.wp_torch_num_threads();
  }

  /**
   * torch.set_num_threads().
   *
   * @param count 1 or more
   */
  public static void setNumThreads(int count) {
    ACCESS.check(NativeTorch.wp_torch_set_num_threads(count));
  }

  /**
   * Loads a library whose models register themselves, and runs its code.
   *
   * @param path as dlopen() takes it
   */
  public static void loadPlugin(String path) {
    ACCESS.check(NativeTorch.wp_torch_load_plugin(ACCESS.text(path)));
  }

  /**
   * Adds the gradients of a tensor of one element to the leaves it was computed from: Tensor.backward().
   *
   * @param tensor a loss; MISMATCH if it has not one element, or no history
   */
  public static void backward(Tensor tensor) {
    try (Lent lent = ACCESS.lend(tensor)) {
      ACCESS.check(NativeTorch.wp_tensor_backward(lent.address()));
    }
  }

  /**
   * The same from several tensors at once, such as the losses of several heads: torch.autograd.backward().
   *
   * @param tensors each has a history; MISMATCH otherwise, whose key is the index
   * @param gradients as many, each of the shape of its tensor: the weight of a loss, say; null for one where that is 1 for a
   *     single element, and null for all
   * @param retainGraph keep the history, for another call over the same
   */
  public static void backward(List<Tensor> tensors, List<Tensor> gradients, boolean retainGraph) {
    try (Lent from = ACCESS.lendValue(tensors); Lent outer = ACCESS.lendValue(gradients)) {
      ACCESS.check(NativeTorch.wp_autograd_backward(from.address(), outer.address(), retainGraph));
    }
  }

  /**
   * The gradient of a leaf, in the same memory.
   *
   * @param leaf such as a parameter
   * @return null where there is none yet
   */
  public static Tensor grad(Tensor leaf) {
    try (Lent lent = ACCESS.lend(leaf)) {
      long grad = out(out -> NativeTorch.wp_tensor_grad(out, lent.address()));
      return grad == 0 ? null : ACCESS.tensor(grad);
    }
  }

  /**
   * The same memory without history.
   *
   * @param tensor any
   * @return a new tensor
   */
  public static Tensor detach(Tensor tensor) {
    try (Lent lent = ACCESS.lend(tensor)) {
      return ACCESS.tensor(out(out -> NativeTorch.wp_tensor_detach(out, lent.address())));
    }
  }

  /**
   * A tensor that gradients are kept for, over the same memory.
   *
   * @param tensor of a floating dtype
   * @return a new tensor
   */
  public static Tensor track(Tensor tensor) {
    try (Lent lent = ACCESS.lend(tensor)) {
      return ACCESS.tensor(out(out -> NativeTorch.wp_tensor_track(out, lent.address())));
    }
  }

  /**
   * The tensor on a device, with its history: a model and its input must be on one. Errors: INVALID_ARGUMENT (no such
   * device), TORCH (no CUDA here).
   *
   * @param tensor any
   * @param device "cpu", "cuda", "cuda:1"
   * @return a new tensor
   */
  public static Tensor toDevice(Tensor tensor, String device) {
    try (Lent lent = ACCESS.lend(tensor)) {
      byte[] name = ACCESS.text(device);
      return ACCESS.tensor(out(out -> NativeTorch.wp_tensor_to_device(out, lent.address(), name)));
    }
  }

  /**
   * Tensor.to(dtype), with its history.
   *
   * @param tensor any
   * @param dtype wanted; UNSUPPORTED for one that this libtorch lacks
   * @return a new tensor
   */
  public static Tensor toDType(Tensor tensor, DType dtype) {
    int number = Native.wp_dtype_from_name(ACCESS.text(dtype.toString()));
    try (Lent lent = ACCESS.lend(tensor)) {
      return ACCESS.tensor(out(out -> NativeTorch.wp_tensor_to_dtype(out, lent.address(), number)));
    }
  }

  /**
   * Tensor.reshape(), with its history: of logits that are to go into a loss, say.
   *
   * @param tensor any
   * @param shape one size may be -1, which stands for what is left; TORCH for another number of elements
   * @return a new tensor
   */
  public static Tensor reshape(Tensor tensor, long... shape) {
    try (Lent lent = ACCESS.lend(tensor)) {
      return ACCESS.tensor(out(out -> NativeTorch.wp_tensor_reshape(out, lent.address(), shape, shape.length)));
    }
  }

  /**
   * Scales all gradients so that their norm together is at most a number: torch.nn.utils.clip_grad_norm_().
   *
   * @param parameters those without a gradient do not count
   * @param max wanted
   * @param normType 2 for the usual norm; infinity for the largest element
   * @return the norm before
   */
  public static double clipGradNorm(StateDict parameters, double max, double normType) {
    double[] norm = new double[1];
    return ACCESS.read(parameters, dict -> {
      ACCESS.check(NativeTorch.wp_clip_grad_norm(norm, dict, max, normType));
      return norm[0];
    });
  }

  /**
   * torch.no_grad() for this thread.
   *
   * @param <T> type of the result
   * @param body not recorded
   * @return what it gives
   * @throws Exception what the body throws
   */
  public static <T> T noGrad(Callable<T> body) throws Exception {
    boolean before = NativeTorch.wp_set_grad_enabled(false);
    try {
      return body.call();
    } finally {
      NativeTorch.wp_set_grad_enabled(before);
    }
  }
}
