// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using Weightport.Internal;
using Weightport.Torch.Internal;

namespace Weightport.Torch
{
  /// <summary>How to load a state_dict.</summary>
  public sealed class LoadStateDictOptions
  {
    /// <summary>A missing or unexpected key is an error.</summary>
    public bool Strict { get; set; } = true;
    /// <summary>Take the tensors themselves instead of copying into the model's.</summary>
    public bool Assign { get; set; }
    /// <summary>Leave out keys whose shape differs, instead of failing.</summary>
    public bool IgnoreMismatched { get; set; }
    /// <summary>Only report.</summary>
    public bool DryRun { get; set; }
    /// <summary>Taken off every key that has it, "module." say.</summary>
    public string? StripPrefix { get; set; }
    /// <summary>Keys, or paths of modules, and what each becomes; after StripPrefix.</summary>
    public IReadOnlyDictionary<string, string>? Rename { get; set; }

    internal IntPtr Create()
    {
      IntPtr address = NativeTorchPINVOKE.wpb_load_state_dict_options_create(Byte(Strict), Byte(Assign), Byte(IgnoreMismatched),
        Byte(DryRun), Utf8.TerminatedOrNull(StripPrefix));
      if (address == IntPtr.Zero) throw new OutOfMemoryException();
      if (Rename == null) return address;
      foreach (KeyValuePair<string, string> pair in Rename)
      {
        NativeTorchPINVOKE.wpb_load_state_dict_options_rename(address, Utf8.Terminated(pair.Key), Utf8.Terminated(pair.Value));
      }
      return address;
    }

    static byte Byte(bool on) => (byte)(on ? 1 : 0);
  }

  /// <content>The weights. What it gives shares memory with the model.</content>
  public sealed partial class Model
  {
    delegate IntPtr Getter(out IntPtr result, IntPtr model);

    StateDict Get(Getter getter)
    {
      using (var model = new Borrow(handle))
      {
        IntPtr weights;
        Failure.Check(getter(out weights, model.Address));
        return new StateDict(weights);
      }
    }

    /// <summary>model.state_dict().</summary>
    public StateDict StateDict() => Get(NativeTorchPINVOKE.wp_model_state_dict);

    /// <summary>model.named_parameters(): a parameter that has several names is there once.</summary>
    public StateDict NamedParameters() => Get(NativeTorchPINVOKE.wp_model_named_parameters);

    /// <summary>model.named_buffers().</summary>
    public StateDict NamedBuffers() => Get(NativeTorchPINVOKE.wp_model_named_buffers);

    /// <summary>Elements of all parameters together.</summary>
    public long ParameterCount
    {
      get { using (var model = new Borrow(handle)) return (long)NativeTorchPINVOKE.wp_model_parameter_count(model.Address); }
    }

    /// <summary>model.load_state_dict(weights): the findings are the missing, unexpected and mismatched keys. Errors:
    /// <see cref="ErrorCode.Mismatch"/> (the keys do not fit: all are named); the model is unchanged then.</summary>
    public IReadOnlyList<Finding> LoadStateDict(StateDict weights, LoadStateDictOptions? options = null)
    {
      if (weights == null) throw new ArgumentNullException(nameof(weights));
      using (var model = new Borrow(handle))
      using (var given = new Borrow(weights.Handle))
      {
        IntPtr report, address = (options ?? new LoadStateDictOptions()).Create();
        try
        {
          Failure.Check(NativeTorchPINVOKE.wp_model_load_state_dict(out report, model.Address, given.Address, address));
          return Finding.All(report);
        }
        finally
        {
          NativeTorchPINVOKE.wpb_load_state_dict_options_free(address);
        }
      }
    }

    /// <summary>Freezes parameters, or the reverse, by a name in which * stands for any text; null is all. Gives how many names fit.
    /// Errors: <see cref="ErrorCode.NotFound"/>.</summary>
    public int SetRequiresGrad(string? pattern, bool on)
    {
      byte[]? name = Utf8.TerminatedOrNull(pattern);
      using (var model = new Borrow(handle))
      {
        UIntPtr changed;
        Failure.Check(NativeTorchPINVOKE.wp_model_set_requires_grad(out changed, model.Address, name, (byte)(on ? 1 : 0)));
        return (int)changed;
      }
    }
  }
}
