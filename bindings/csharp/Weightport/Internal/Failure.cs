// SPDX-License-Identifier: MIT
using System;
using System.Threading;

namespace Weightport.Internal
{
  /// <summary>What C returned as an error becomes an exception.</summary>
  internal static class Failure
  {
    /// <param name="error">of C, which is released; zero is success</param>
    /// <param name="cancellation">what a CANCELLED error obeyed</param>
    internal static void Check(IntPtr error, CancellationToken cancellation = default)
    {
      if (error != IntPtr.Zero) throw Make(error, cancellation);
    }

    static Exception Make(IntPtr error, CancellationToken cancellation)
    {
      try
      {
        var code = (ErrorCode)NativePINVOKE.wp_error_code(error);
        var failure = new WeightportException(
          code, Utf8.Text(NativePINVOKE.wp_error_message(error)), Utf8.TextOrNull(NativePINVOKE.wp_error_file(error)),
          NativePINVOKE.wp_error_offset(error), Utf8.TextOrNull(NativePINVOKE.wp_error_key(error)),
          code == ErrorCode.Callback ? Causes.Take(NativePINVOKE.wp_error_status(error)) : null);
        if (code == ErrorCode.Cancelled && cancellation.IsCancellationRequested)
        {
          return new OperationCanceledException(failure.Message, failure, cancellation);
        }
        return failure;
      }
      finally
      {
        NativePINVOKE.wp_error_release(error);
      }
    }
  }
}
