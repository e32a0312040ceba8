// SPDX-License-Identifier: MIT
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Weightport;
using Weightport.Internal;

/// <summary>Nanoseconds of a lookup and of a view beside the same calls in C, and a file of 20,000 tensors. Each number is
/// processor time of the whole process, collector included, and the best of several runs.</summary>
static unsafe class Bench
{
  const string Name = "layers.1234.block.5.weight";
  const int Loops = 1000000;

  [DllImport("weightport_loop")]
  static extern UIntPtr loop_lookups(IntPtr weights, byte* name, UIntPtr size, UIntPtr n);

  [DllImport("weightport_loop")]
  static extern UIntPtr loop_views(IntPtr tensor, UIntPtr n);

  static void Main(string[] arguments)
  {
    NativeLibrary.SetDllImportResolver(typeof(Bench).Assembly, (name, assembly, search) =>
      name == "libc" ? IntPtr.Zero
        : NativeLibrary.Load(Path.Combine(Environment.GetEnvironmentVariable("WEIGHTPORT_NATIVE")!, "lib" + name + ".so")));
    if (arguments.Length > 0)
    {
      Script(arguments[0]);
      return;
    }
    string path = Path.GetTempFileName();
    try
    {
      WriteMany(path);
      using (Checkpoint checkpoint = Checkpoint.Open(path))
      using (StateDict weights = checkpoint.StateDict())
      {
        Lookups(weights);
        Views(weights);
      }
      Report("C#: open 20,000 tensors and read one number of each", 1, () => OpenMany(path), 1e6, "ms");
    }
    finally
    {
      File.Delete(path);
    }
  }

  static void WriteMany(string path)
  {
    using (var weights = new StateDict())
    using (Tensor tensor = Tensor.Zeros(DType.Float32, 32, 32))
    using (var checkpoint = new Checkpoint())
    {
      for (int i = 0; i < 20000; i++) weights.Set("layers." + i / 10 + ".block." + i % 10 + ".weight", tensor);
      checkpoint.SetStateDict(null, weights);
      checkpoint.Save(path);
    }
  }

  static void Lookups(StateDict weights)
  {
    byte[] name = Encoding.UTF8.GetBytes(Name);
    fixed (byte* utf8 = name)
    {
      byte* address = utf8;
      Report("C: lookup", Loops, () =>
      {
        using (var borrow = new Borrow(weights.Handle)) loop_lookups(borrow.Address, address, (UIntPtr)name.Length, (UIntPtr)Loops);
      });
    }
    Report("C#: lookup", Loops, () =>
    {
      for (int i = 0; i < Loops; i++)
      {
        using (Tensor tensor = weights[Name]) { }
      }
    });
    Report("C#: lookup, left to the collector", Loops, () =>
    {
      for (int i = 0; i < Loops; i++) Keep(weights[Name]);
    });
    string[] names = weights.Names.ToArray();
    Report("C#: lookup, each of 20,000 for the first time", names.Length, () =>
    {
      using (StateDict fresh = weights.ToValue().AsStateDict())
      {
        foreach (string each in names) fresh[each].Dispose();
      }
    });
  }

  [MethodImpl(MethodImplOptions.NoInlining)]
  static void Keep(Tensor tensor) => GC.KeepAlive(tensor);

  static void Views(StateDict weights)
  {
    using (Tensor tensor = weights[Name])
    {
      Report("C: view", Loops, () =>
      {
        using (var borrow = new Borrow(tensor.Handle)) loop_views(borrow.Address, (UIntPtr)Loops);
      });
      Report("C#: view, AsSpan", Loops, () =>
      {
        int length = 0;
        for (int i = 0; i < Loops; i++) length += tensor.AsSpan<float>().Length;
        if (length == 0) throw new InvalidOperationException();
      });
      Report("C#: view, AsMemory", Loops, () =>
      {
        int length = 0;
        for (int i = 0; i < Loops; i++) length += tensor.AsMemory<float>().Length;
        if (length == 0) throw new InvalidOperationException();
      });
    }
  }

  static void OpenMany(string path)
  {
    float sum = 0;
    using (Checkpoint checkpoint = Checkpoint.Open(path))
    using (StateDict weights = checkpoint.StateDict())
    {
      foreach (var entry in weights)
      {
        using (Tensor tensor = entry.Value) sum += tensor.AsSpan<float>()[0];
      }
    }
    if (sum != 0) throw new InvalidOperationException();
  }

  /// <summary>What TorchSharp's bench measures too: a TorchScript archive, its weights, one number of each.</summary>
  static void Script(string path) => Report("Weightport: TorchScript archive and its weights", 1, () =>
  {
    double sum = 0;
    using (Checkpoint checkpoint = Checkpoint.Open(path))
    using (StateDict weights = checkpoint.StateDict())
    {
      foreach (var entry in weights)
      {
        using (Tensor tensor = entry.Value) sum += tensor.AsBytes()[0];
      }
    }
  }, 1e3, "us");

  [DllImport("libc")]
  static extern int clock_gettime(int clock, long* time);

  static double ProcessorTime()
  {
    const int process = 2;
    long* time = stackalloc long[2];
    clock_gettime(process, time);
    return time[0] * 1e9 + time[1];
  }

  static void Report(string what, int count, Action action, double unit = 1, string name = "ns")
  {
    double best = double.MaxValue;
    for (int i = 0; i < 20; i++)
    {
      double start = ProcessorTime();
      action();
      best = Math.Min(best, (ProcessorTime() - start) / count);
    }
    Console.WriteLine(what + ": " + (best / unit).ToString("F1", CultureInfo.InvariantCulture) + " " + name);
  }
}
