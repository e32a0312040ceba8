// SPDX-License-Identifier: MIT
using Weightport.Internal;

namespace Weightport.Torch
{
  /// <summary>The libtorch below. Any thread may call this.</summary>
  public static class TorchRuntime
  {
    /// <summary>Version of libtorch: "1.13.1".</summary>
    public static string Version => Utf8.Text(NativeTorchPINVOKE.wp_torch_version());

    /// <summary>Whether tensors and models can be on a device: "cpu", "cuda", "cuda:1".</summary>
    public static bool DeviceAvailable(string device) => NativeTorchPINVOKE.wp_torch_device_available(Utf8.Terminated(device)) != 0;

    /// <summary>torch.manual_seed(): for initial weights, dropout and the like.</summary>
    public static void ManualSeed(ulong seed) => Failure.Check(NativeTorchPINVOKE.wp_torch_manual_seed(seed));

    /// <summary>Threads that one operation may use.</summary>
    public static int NumThreads
    {
      get { return NativeTorchPINVOKE.wp_torch_num_threads(); }
      set { Failure.Check(NativeTorchPINVOKE.wp_torch_set_num_threads(value)); }
    }

    /// <summary>Loads a shared library whose models register themselves; it is never unloaded. It runs its code: load only what you
    /// trust. Errors: <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.IO"/>.</summary>
    public static void LoadPlugin(string path) => Failure.Check(NativeTorchPINVOKE.wp_torch_load_plugin(Utf8.Terminated(path)));
  }
}
