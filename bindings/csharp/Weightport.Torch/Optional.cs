// SPDX-License-Identifier: MIT
using System;
using Weightport.Internal;

namespace Weightport.Torch.Internal
{
  /// <summary>What <see cref="Value.From"/> makes of something, for one call of C; NULL for null.</summary>
  internal readonly struct Optional : IDisposable
  {
    readonly Value.Argument argument;
    readonly bool given;

    internal Optional(object? item)
    {
      given = item != null;
      argument = given ? new Value.Argument(item) : default(Value.Argument);
    }

    internal IntPtr Address => given ? argument.Address : IntPtr.Zero;

    public void Dispose()
    {
      if (given) argument.Dispose();
    }
  }
}
