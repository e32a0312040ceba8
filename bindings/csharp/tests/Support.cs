// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Weightport.Internal;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Weightport.Tests
{
  /// <summary>What every test gets: a folder of its own, and the check that all it referred to in C is given up once the
  /// collector has run.</summary>
  public abstract class Test : IDisposable
  {
    readonly long before;
    string? folder;

    protected Test()
    {
      Collect(); // what a test before this one left behind when it failed
      before = Handle.Live;
    }

    public void Dispose()
    {
      if (folder != null) Directory.Delete(folder, true);
      for (int i = 0; i < 100 && Handle.Live != before; i++) Collect();
      Assert.Equal(before, Handle.Live);
    }

    protected string Temporary(string name)
    {
      if (folder == null)
      {
        folder = Path.Combine(Path.GetTempPath(), "weightport-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
      }
      return Path.Combine(folder, name);
    }

    protected static void Collect()
    {
      GC.Collect();
      GC.WaitForPendingFinalizers();
    }

    /// <summary>The exception of a code that an action must throw.</summary>
    protected static WeightportException Fails(ErrorCode code, Action action)
    {
      WeightportException failure = Assert.Throws<WeightportException>(action);
      Assert.Equal(code, failure.Code);
      Assert.False(failure.Message.Length == 0 || failure.Message.Contains("\n"), failure.Message);
      return failure;
    }

    protected static void Disposed(Action action) => Assert.Throws<ObjectDisposedException>(action);

    /// <summary>Runs on a stack of its own, so that nothing on the caller's keeps objects alive.</summary>
    protected static T Apart<T>(Func<T> function)
    {
      var task = new Task<T>(function, TaskCreationOptions.LongRunning);
      task.Start();
      return task.GetAwaiter().GetResult();
    }
  }

  static class Data
  {
    internal static readonly string Root = FindRoot();

    internal static string File(string name) => Path.Combine(Root, "tests", "data", name);

    static string FindRoot()
    {
      for (string? folder = AppContext.BaseDirectory; folder != null; folder = Path.GetDirectoryName(folder))
      {
        if (System.IO.File.Exists(Path.Combine(folder, "tests", "data", "expected.json"))) return folder;
      }
      throw new FileNotFoundException("no tests/data above " + AppContext.BaseDirectory);
    }
  }

  static class Python
  {
    // Debian's Python has Debian's torch; another python3 may come first in PATH.
    const string Interpreter = "/usr/bin/python3";

    /// <summary>Runs a script with arguments in sys.argv; false, with the reason printed, where there is no torch.</summary>
    internal static bool Run(string script, params string[] arguments)
    {
      if (!File.Exists(Interpreter)) return Skip("there is no " + Interpreter);
      string file = Path.GetTempFileName();
      try
      {
        File.WriteAllText(file, script);
        Output output = Output.Of(Interpreter, "-B -W ignore \"" + file + "\" \"" + string.Join("\" \"", arguments) + "\"");
        if (output.Error.Contains("No module named 'torch'")) return Skip("no torch in " + Interpreter);
        Assert.True(output.Status == 0, output.Error);
        return true;
      }
      finally
      {
        File.Delete(file);
      }
    }

    static bool Skip(string reason)
    {
      Console.WriteLine("skipped: " + reason);
      return false;
    }
  }

  /// <summary>What a program printed.</summary>
  sealed class Output
  {
    internal int Status;
    internal string Text = "", Error = "";

    internal static Output Of(string program, string arguments)
    {
      var output = new Output();
      var start = new ProcessStartInfo(program, arguments)
      {
        UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8,
      };
      using (Process process = Process.Start(start)!)
      {
        var error = new StringBuilder();
        process.ErrorDataReceived += (sender, line) => error.AppendLine(line.Data);
        process.BeginErrorReadLine();
        output.Text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output.Status = process.ExitCode;
        output.Error = error.ToString();
      }
      return output;
    }
  }

  static class Crc32
  {
    static readonly uint[] Table = MakeTable();

    static uint[] MakeTable()
    {
      var table = new uint[256];
      for (uint i = 0; i < 256; i++)
      {
        uint remainder = i;
        for (int bit = 0; bit < 8; bit++) remainder = (remainder & 1) != 0 ? remainder >> 1 ^ 0xedb88320 : remainder >> 1;
        table[i] = remainder;
      }
      return table;
    }

    internal static uint Of(ReadOnlySpan<byte> bytes)
    {
      uint remainder = 0xffffffff;
      foreach (byte next in bytes) remainder = remainder >> 8 ^ Table[(byte)remainder ^ next];
      return ~remainder;
    }

    /// <summary>Of the contiguous elements; "" if the tensor has no bytes.</summary>
    internal static string Of(Tensor tensor)
    {
      try
      {
        using (Tensor row = tensor.Contiguous()) return Of(row.AsBytes()).ToString();
      }
      catch (WeightportException failure)
      {
        Assert.Equal(ErrorCode.Unsupported, failure.Code);
        return "";
      }
    }
  }
}
