// SPDX-License-Identifier: MIT
using System;
using System.Threading;

namespace Weightport.Internal
{
  /// <summary>One call that can be cancelled and that tells its progress.</summary>
  internal sealed class Operation : IDisposable
  {
    readonly CancellationToken cancellation;
    readonly CancelHandle? cancel;
    readonly CancellationTokenRegistration registration;

    /// <param name="progress">told how far it is; may be null</param>
    /// <param name="cancellation">ends it</param>
    internal Operation(IProgress<Progress>? progress, CancellationToken cancellation)
    {
      cancellation.ThrowIfCancellationRequested();
      this.cancellation = cancellation;
      if (cancellation.CanBeCanceled)
      {
        IntPtr address;
        Failure.Check(NativePINVOKE.wp_cancel_create(out address));
        cancel = new CancelHandle(address);
        registration = cancellation.Register(Request, cancel);
      }
      if (progress != null) ProgressToken = new ProgressCallback(progress).Token();
    }

    /// <summary>Valid until Dispose; zero if there is none.</summary>
    internal IntPtr ProgressToken { get; }

    /// <summary>Valid until Dispose; zero if there is none.</summary>
    internal IntPtr Cancel => cancel == null ? IntPtr.Zero : cancel.DangerousGetHandle();

    internal void Check(IntPtr error) => Failure.Check(error, cancellation);

    public void Dispose()
    {
      registration.Dispose();
      if (cancel != null) cancel.Dispose();
      if (ProgressToken != IntPtr.Zero) Callback.Forget(ProgressToken);
    }

    static void Request(object? state)
    {
      using (var cancel = new Borrow((CancelHandle)state!)) NativePINVOKE.wp_cancel_request(cancel.Address);
    }

    sealed class ProgressCallback : Callback
    {
      readonly IProgress<Progress> progress;

      internal ProgressCallback(IProgress<Progress> progress) { this.progress = progress; }

      protected override void Progress(long done, long total) => progress.Report(new Progress(done, total));
    }
  }
}
