// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Weightport.Internal;
using Weightport.Torch.Internal;

namespace Weightport.Torch
{
  /// <summary>
  /// A module that can run: a TorchScript archive, a nest of standard torch.nn layers, or a class registered in C++. Tensors that
  /// it gives out share its memory and keep that alive. One thread at a time; several may run Forward of one model in eval mode
  /// with gradients off.
  /// </summary>
  public sealed partial class Model : IDisposable
  {
    readonly ModelHandle handle;

    Model(IntPtr address) { handle = new ModelHandle(address); }

    internal ModelHandle Handle => handle;

    /// <summary>Gives the model up. Tensors that it gave out stay valid. A second call does nothing.</summary>
    public void Dispose() => handle.Dispose();

    /// <summary>A model from a file: a TorchScript archive, or a whole nn.Module of standard layers that Python pickled. An archive
    /// runs its own code when the model is used: load only what you trust. Errors: those of
    /// <see cref="Checkpoint.Open(string, OpenOptions, IProgress{Progress}, CancellationToken)"/>,
    /// <see cref="ErrorCode.Unsupported"/> (a class that is not known), <see cref="ErrorCode.Mismatch"/> (no module),
    /// <see cref="ErrorCode.Torch"/>.</summary>
    /// <param name="path">of the file</param>
    /// <param name="mapLocation">device that the model is put on; null is the CPU</param>
    public static Model Load(string path, string? mapLocation = null)
    {
      byte[] name = Utf8.Terminated(path);
      return Load(mapLocation, options =>
      {
        IntPtr made;
        IntPtr error = NativeTorchPINVOKE.wp_model_load(out made, name, options);
        return new Result(made, error);
      });
    }

    /// <summary>As the other Load, from what follows in a stream that can seek. The stream is left open.</summary>
    /// <param name="stream">that the file is read from</param>
    /// <param name="mapLocation">device that the model is put on; null is the CPU</param>
    /// <param name="name">what errors call the stream; null is the name of a FileStream's file, or "stream"</param>
    public static Model Load(Stream stream, string? mapLocation = null, string? name = null)
    {
      var source = new StreamSource(stream, true);
      byte[] utf8 = Utf8.Terminated(name ?? StreamSource.NameOf(stream));
      var size = (ulong)source.Seekable();
      return Load(mapLocation, options =>
      {
        // C calls the source's `close`, which frees the token.
        IntPtr made, given = NativePINVOKE.wpb_source_create(size, utf8, source.Token());
        IntPtr error = NativeTorchPINVOKE.wp_model_load_source(out made, given, options);
        NativePINVOKE.wpb_source_free(given);
        return new Result(made, error);
      });
    }

    static Model Load(string? mapLocation, Func<IntPtr, Result> function)
    {
      IntPtr options = NativeTorchPINVOKE.wpb_model_options_create(Utf8.TerminatedOrNull(mapLocation));
      try
      {
        Result result = function(options);
        Failure.Check(result.Error);
        return new Model(result.Address);
      }
      finally
      {
        NativeTorchPINVOKE.wpb_model_options_free(options);
      }
    }

    readonly struct Result
    {
      internal readonly IntPtr Address, Error;

      internal Result(IntPtr address, IntPtr error)
      {
        Address = address;
        Error = error;
      }
    }

    /// <summary>A model of layers of torch.nn, with fresh weights, from a description: {"class": "Linear", "in_features": 4,
    /// "out_features": 2} as whatever <see cref="Value.From"/> takes, or an nn.Module object of a checkpoint, whose weights are
    /// taken over. Errors: <see cref="ErrorCode.NotFound"/> (an argument that is required), <see cref="ErrorCode.Mismatch"/>,
    /// <see cref="ErrorCode.Unsupported"/> (a class or argument that is not known).</summary>
    public static Model Build(object description)
    {
      using (var value = new Optional(description ?? throw new ArgumentNullException(nameof(description))))
      {
        IntPtr made;
        Failure.Check(NativeTorchPINVOKE.wp_model_build(out made, value.Address));
        return new Model(made);
      }
    }

    /// <summary>As <see cref="Build"/>, from a description in JSON.</summary>
    public static Model BuildJson(string json)
    {
      byte[] utf8 = Utf8.Bytes(json);
      IntPtr made;
      Failure.Check(NativeTorchPINVOKE.wp_model_build_json(out made, utf8, Utf8.Size(utf8)));
      return new Model(made);
    }

    /// <summary>A model of a class that was registered in C++, from options that it understands. Errors:
    /// <see cref="ErrorCode.NotFound"/>.</summary>
    public static Model Create(string name, object? options = null)
    {
      byte[] utf8 = Utf8.Terminated(name);
      using (var value = new Optional(options))
      {
        IntPtr made;
        Failure.Check(NativeTorchPINVOKE.wp_model_create(out made, utf8, value.Address));
        return new Model(made);
      }
    }

    /// <summary>A copy with memory of its own.</summary>
    public Model Clone()
    {
      using (var model = new Borrow(handle))
      {
        IntPtr made;
        Failure.Check(NativeTorchPINVOKE.wp_model_clone(out made, model.Address));
        return new Model(made);
      }
    }

    /// <summary>One tensor in, one tensor out. Errors: <see cref="ErrorCode.Mismatch"/> (the result is no tensor),
    /// <see cref="ErrorCode.Torch"/> (what libtorch says of shapes, dtypes and devices).</summary>
    public Tensor Forward(Tensor input)
    {
      if (input == null) throw new ArgumentNullException(nameof(input));
      using (var model = new Borrow(handle))
      using (var given = new Borrow(input.Handle))
      {
        IntPtr output;
        Failure.Check(NativeTorchPINVOKE.wp_model_forward_tensor(out output, model.Address, given.Address));
        return Tensor.Allocated(output);
      }
    }

    /// <summary>model(*args, **kwargs), of whatever <see cref="Value.From"/> takes. Errors: <see cref="ErrorCode.Unsupported"/> (a
    /// value that a model cannot take or give), <see cref="ErrorCode.Torch"/>.</summary>
    public Value Forward(object?[] args, IReadOnlyDictionary<string, object?>? kwargs = null) =>
      Run(args, kwargs, (out IntPtr made, IntPtr model, IntPtr positional, IntPtr named) =>
        NativeTorchPINVOKE.wp_model_forward(out made, model, positional, named));

    /// <summary>As Forward, for another method of a TorchScript model. Errors: also <see cref="ErrorCode.NotFound"/>.</summary>
    public Value Call(string method, object?[] args, IReadOnlyDictionary<string, object?>? kwargs = null)
    {
      byte[] name = Utf8.Terminated(method);
      return Run(args, kwargs, (out IntPtr made, IntPtr model, IntPtr positional, IntPtr named) =>
        NativeTorchPINVOKE.wp_model_call(out made, model, name, positional, named));
    }

    delegate IntPtr Runner(out IntPtr made, IntPtr model, IntPtr args, IntPtr kwargs);

    Value Run(object?[] args, IReadOnlyDictionary<string, object?>? kwargs, Runner runner)
    {
      if (args == null) throw new ArgumentNullException(nameof(args));
      using (var model = new Borrow(handle))
      using (Value positional = Value.NewTuple(args), named = Value.NewDict())
      {
        if (kwargs != null)
        {
          foreach (KeyValuePair<string, object?> entry in kwargs) named.Set(entry.Key, entry.Value);
        }
        using (var first = new Optional(positional))
        using (var second = new Optional(named))
        {
          IntPtr made;
          Failure.Check(runner(out made, model.Address, first.Address, second.Address));
          return Value.Own(made);
        }
      }
    }

    /// <summary>model.eval().</summary>
    public void Eval() => Train(false);

    /// <summary>model.train(mode), which dropout and batch norms follow.</summary>
    public void Train(bool mode = true)
    {
      using (var model = new Borrow(handle)) Failure.Check(NativeTorchPINVOKE.wp_model_train(model.Address, (byte)(mode ? 1 : 0)));
    }

    /// <summary>model.training.</summary>
    public bool IsTraining
    {
      get { using (var model = new Borrow(handle)) return NativeTorchPINVOKE.wp_model_is_training(model.Address) != 0; }
    }

    /// <summary>Takes all gradients away.</summary>
    public void ZeroGrad()
    {
      using (var model = new Borrow(handle)) Failure.Check(NativeTorchPINVOKE.wp_model_zero_grad(model.Address));
    }

    /// <summary>model.to(device, dtype): null and <see cref="DType.Undefined"/> leave things as they are; a dtype changes
    /// floating-point tensors only.</summary>
    public void To(string? device, DType dtype = DType.Undefined)
    {
      byte[]? name = Utf8.TerminatedOrNull(device);
      using (var model = new Borrow(handle)) Failure.Check(NativeTorchPINVOKE.wp_model_to(model.Address, name, (int)dtype));
    }

    /// <summary>Saves a TorchScript model as an archive that torch.jit.load reads. Of other models, save the state_dict. Errors:
    /// <see cref="ErrorCode.Unsupported"/> (no TorchScript), <see cref="ErrorCode.IO"/>.</summary>
    public void Save(string path, SaveOptions? options = null, CancellationToken cancellationToken = default)
    {
      byte[] name = Utf8.Terminated(path);
      Save(options, cancellationToken, (model, address) => NativeTorchPINVOKE.wp_model_save(model, name, address));
    }

    /// <summary>As the other Save, to a stream, which is left open.</summary>
    public void Save(Stream stream, SaveOptions? options = null, CancellationToken cancellationToken = default)
    {
      var callback = new StreamSink(stream ?? throw new ArgumentNullException(nameof(stream)));
      byte[] name = Utf8.Terminated(options?.Name ?? StreamSource.NameOf(stream));
      IntPtr token = callback.Token(), sink = NativePINVOKE.wpb_sink_create(name, token);
      try
      {
        Save(options, cancellationToken, (model, address) => NativeTorchPINVOKE.wp_model_save_sink(model, sink, address));
      }
      finally
      {
        NativePINVOKE.wpb_sink_free(sink);
        Callback.Forget(token);
      }
    }

    void Save(SaveOptions? options, CancellationToken cancellation, Func<IntPtr, IntPtr, IntPtr> function)
    {
      using (var model = new Borrow(handle))
      using (var operation = new Operation(null, cancellation))
      {
        IntPtr address = SaveOptions.Create(options, operation);
        try
        {
          operation.Check(function(model.Address, address));
        }
        finally
        {
          NativePINVOKE.wpb_save_options_free(address);
        }
      }
    }
  }
}
