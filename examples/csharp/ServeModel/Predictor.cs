// SPDX-License-Identifier: MIT
using System;
using System.Threading;
using Weightport;
using Weightport.Torch;

/// <summary>The TorchScript model of a file, in eval mode, in which any number of threads may run it.</summary>
sealed class Predictor : IDisposable
{
  readonly string path;
  // Of the reference; and for reading, while the model runs.
  readonly ReaderWriterLockSlim gate = new ReaderWriterLockSlim();
  Model model;

  internal Predictor(string path)
  {
    this.path = path;
    model = Load();
  }

  Model Load()
  {
    Model loaded = Model.Load(path);
    loaded.Eval();
    return loaded;
  }

  /// <summary>Takes up what is in the file now. Requests go on with the old model meanwhile, and also where this
  /// throws.</summary>
  internal void Reload()
  {
    Model fresh = Load();
    gate.EnterWriteLock();
    Model old = model;
    model = fresh;
    gate.ExitWriteLock();
    old.Dispose();
  }

  /// <summary>Runs the model on one row. Nothing is recorded for gradients, which would cost time and memory.</summary>
  internal float[] Predict(float[] row)
  {
    gate.EnterReadLock();
    try
    {
      using (Autograd.NoGrad())
      using (Tensor x = Tensor.From(row, 1, row.Length), y = model.Forward(x))
      {
        return y.ToArray<float>();
      }
    }
    finally
    {
      gate.ExitReadLock();
    }
  }

  public void Dispose()
  {
    model.Dispose();
    gate.Dispose();
  }
}
