// SPDX-License-Identifier: MIT
#if NET5_0_OR_GREATER
using System;
using System.IO;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weightport.Internal
{
  /// <summary>Where the native half is. In order: the folder that WEIGHTPORT_NATIVE names, where the runtime looks by itself (a
  /// NuGet package's runtimes folder among other places), and runtimes/RID/native beside the assembly.</summary>
  internal static class Library
  {
    // Before anything else of the assembly, whatever part of it is used first.
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void Initialize() => Resolve(typeof(Library).Assembly);
#pragma warning restore CA2255

    internal static void Resolve(Assembly assembly) => NativeLibrary.SetDllImportResolver(assembly, Find);

    static IntPtr Find(string name, Assembly assembly, DllImportSearchPath? search)
    {
      IntPtr library;
      string file = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? name + ".dll"
        : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "lib" + name + ".dylib" : "lib" + name + ".so";
      string? folder = Environment.GetEnvironmentVariable("WEIGHTPORT_NATIVE");
      if (!string.IsNullOrEmpty(folder)) return NativeLibrary.Load(Path.Combine(folder, file));
      if (NativeLibrary.TryLoad(name, assembly, search, out library)) return library;
      string packed = Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", file);
      return NativeLibrary.TryLoad(packed, out library) ? library : IntPtr.Zero;
    }
  }
}
#endif
