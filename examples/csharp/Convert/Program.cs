// SPDX-License-Identifier: MIT
using System;
using System.Threading;
using Weightport;

/// <summary>Saves a weight file in another format, by the other file's ending: .pt, .pth (torch zip) or .safetensors, say.
/// Interrupted, it leaves the other file as it was.</summary>
static class ConvertFile
{
  static int Main(string[] arguments)
  {
    if (arguments.Length != 2)
    {
      Console.Error.WriteLine("usage: Convert FROM TO");
      return 2;
    }
    using (var interrupted = new CancellationTokenSource())
    {
      Console.CancelKeyPress += (sender, pressed) =>
      {
        pressed.Cancel = true;
        interrupted.Cancel();
      };
      try
      {
        Checkpoint.Convert(arguments[0], arguments[1], progress: new Shown(), cancellationToken: interrupted.Token);
        Console.Error.WriteLine();
        return 0;
      }
      catch (OperationCanceledException)
      {
        Console.Error.WriteLine("interrupted");
      }
      catch (WeightportException failure)
      {
        Console.Error.WriteLine(failure.Message);
        if (failure.Code == ErrorCode.Unsupported) Console.Error.WriteLine("Only .pt and .pth files hold more than one state_dict.");
      }
      return 1;
    }
  }

  sealed class Shown : IProgress<Progress>
  {
    public void Report(Progress progress) => Console.Error.Write("\r" + progress.Done + " of " + progress.Total + " bytes");
  }
}
