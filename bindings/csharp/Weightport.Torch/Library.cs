// SPDX-License-Identifier: MIT
#if NET5_0_OR_GREATER
using System.Runtime.CompilerServices;

namespace Weightport.Torch.Internal
{
  internal static class Library
  {
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void Initialize() => Weightport.Internal.Library.Resolve(typeof(Library).Assembly);
#pragma warning restore CA2255
  }
}
#endif
