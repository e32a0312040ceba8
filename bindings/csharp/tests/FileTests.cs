// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Weightport.Internal;
using Xunit;

namespace Weightport.Tests
{
  public class FileTests : Test
  {
    [Fact]
    public void EveryFormatIsSavedAndConverted()
    {
      using (Checkpoint original = Checkpoint.Open(Data.File("state_dict.pt")))
      using (StateDict before = original.StateDict())
      {
        foreach (var saved in new Dictionary<string, Format>
        {
          { "a.pt", Format.TorchZip }, { "a.pth", Format.TorchLegacy }, { "a.safetensors", Format.Safetensors },
          { "a.safetensors.index.json", Format.SafetensorsIndex }, { "a.bin.index.json", Format.TorchIndex },
        })
        {
          string path = Temporary(saved.Key), again = Temporary("again_" + saved.Key);
          original.Save(path, new SaveOptions { Format = saved.Value, Durable = false });
          Checkpoint.Convert(path, again, new SaveOptions { Format = saved.Value, Mode = 0x180 });
          Assert.Contains("-rw-------", Output.Of("/bin/ls", "-l " + again).Text);
          using (Checkpoint checkpoint = Checkpoint.Open(again))
          using (StateDict after = checkpoint.StateDict())
          {
            Assert.Equal(saved.Value, checkpoint.Format);
            Assert.Empty(checkpoint.Verify());
            Assert.Equal(before.Names.OrderBy(name => name), after.Names.OrderBy(name => name));
            foreach (string name in before.Names)
            {
              using (Tensor was = before[name], now = after[name]) Assert.Equal(was + Crc32.Of(was), now + Crc32.Of(now));
            }
          }
        }
        Fails(ErrorCode.NotFound, () => original.Save(Temporary("missing/a.pt")));
        WeightportException failure = Fails(ErrorCode.NotFound, () => Checkpoint.Open(Temporary("missing")));
        Assert.Equal(Temporary("missing"), failure.File);
      }
    }

    [Fact]
    public void VerifyAndDiffFindWhatIsWrong()
    {
      string path = Temporary("a.pt"), other = Temporary("b.pt");
      using (var weights = new StateDict())
      using (Tensor one = Tensor.From(new float[] { 1 }), two = Tensor.From(new float[] { 2 }), more = Tensor.From(new float[] { 2.25f }))
      {
        weights.Set("a", one);
        weights.Set("b", two);
        Save(weights, path);
        weights.Set("b", more);
        weights.Rename("a", "c");
        Save(weights, other);
      }
      using (Checkpoint first = Checkpoint.Open(path), second = Checkpoint.Open(other))
      {
        IReadOnlyList<Finding> findings = first.Diff(second);
        Assert.Equal(new[] { "a Missing", "b Changed", "c Added" },
          findings.Select(finding => finding.Key + " " + finding.Kind).OrderBy(text => text).ToArray());
        Assert.Equal(0.25, findings.Single(finding => finding.Key == "b").Difference);
        Assert.Equal(2, first.Diff(second, new DiffOptions { ATol = 0.5 }).Count);
        Assert.Empty(first.Diff(first));
      }
      byte[] content = File.ReadAllBytes(path);
      content[IndexOf(content, new byte[] { 0, 0, 0x80, 0x3f })] ^= 1;
      using (Checkpoint broken = Checkpoint.Open(content))
      {
        Finding finding = Assert.Single(broken.Verify());
        Assert.Equal(FindingKind.Corrupt, finding.Kind);
        Assert.True(finding.Message.Length > 0, finding.ToString());
      }
      Assert.True(Fails(ErrorCode.Corrupt, () => Checkpoint.Open(content, new OpenOptions { VerifyChecksums = true })).Offset >= 0, "offset");
    }

    static void Save(StateDict weights, string path)
    {
      using (var checkpoint = new Checkpoint())
      {
        checkpoint.SetStateDict(null, weights);
        checkpoint.Save(path);
      }
    }

    static int IndexOf(byte[] bytes, byte[] wanted)
    {
      for (int i = 0; ; i++)
      {
        if (wanted.SequenceEqual(bytes.Skip(i).Take(wanted.Length))) return i;
      }
    }

    [Fact]
    public void MetadataIsKept()
    {
      string path = Temporary("a.safetensors");
      using (var checkpoint = new Checkpoint())
      {
        checkpoint.SetMetadata("format", "pt");
        checkpoint.SetMetadata("gone", "");
        checkpoint.SetMetadata("gone", null);
        checkpoint.Save(path);
      }
      using (Checkpoint again = Checkpoint.Open(path)) Assert.Equal("pt", Assert.Single(again.Metadata).Value);
      using (Checkpoint none = Checkpoint.Open(Data.File("checkpoint.tar"))) Assert.Empty(none.Metadata);
    }

    [Fact]
    public void ACheckpointSaysWhatItHolds()
    {
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar")))
      {
        Assert.Equal("model_state_dict", Assert.Single(checkpoint.StateDictKeys));
        Assert.True(checkpoint.Globals.Count > 0 && checkpoint.Globals[0].Allowed, "globals");
        Assert.Contains(".", checkpoint.Globals[0].Name);
        Fails(ErrorCode.NotFound, () => checkpoint.StateDict("nothing"));
        checkpoint.SetRoot(Value.NewList(1, 2));
        Assert.Equal(2, checkpoint.Root.Count);
      }
    }

    [Fact]
    public void LimitsHold()
    {
      string path = Data.File("checkpoint.tar");
      var options = new OpenOptions { Limits = new Limits { MaxTensors = 1 } };
      Fails(ErrorCode.Limit, () => Checkpoint.Open(path, options));
      using (Checkpoint checkpoint = Checkpoint.Open(path))
      {
        Fails(ErrorCode.Limit, () => checkpoint.Verify(new Limits { MaxSteps = 1 }));
        Assert.Empty(checkpoint.Verify(new Limits { MaxSteps = 100000 }));
        Negative("MaxSteps", () => checkpoint.Verify(new Limits { MaxSteps = -1 }));
        Negative("Mode", () => checkpoint.Save(Temporary("a.pt"), new SaveOptions { Mode = -1 }));
        Negative("MaxShardSize", () => checkpoint.Save(Temporary("a.pt"), new SaveOptions { MaxShardSize = -1 }));
      }
      Negative("Threads", () => Checkpoint.Open(path, new OpenOptions { Threads = -1 }));
      foreach (Limits limits in new[]
      {
        new Limits { MaxDepth = -1 }, new Limits { MaxTensors = -1 }, new Limits { MaxBytes = -1 }, new Limits { MaxSteps = -1 },
        new Limits { MaxString = -1 }, new Limits { MaxInflateRatio = long.MinValue },
      })
      {
        Assert.Throws<ArgumentOutOfRangeException>(() => Checkpoint.Open(path, new OpenOptions { Limits = limits }));
      }
      Assert.Throws<ArgumentNullException>(() => Checkpoint.Open(path, WithoutLimits()));
    }

    static OpenOptions WithoutLimits()
    {
      var options = new OpenOptions();
      options.Limits = null!;
      return options;
    }

    static void Negative(string name, Action action) => Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(action).ParamName);

    [Fact]
    public void AStreamThatIsGivenAwayIsDisposedOfOnceWhateverFails()
    {
      byte[] content = File.ReadAllBytes(Data.File("checkpoint.tar"));
      var cancelled = new CancellationToken(true);
      foreach (Action<Stream, bool> open in new Action<Stream, bool>[]
      {
        (stream, leaveOpen) => Checkpoint.Open(stream, leaveOpen: leaveOpen, cancellationToken: cancelled),
        (stream, leaveOpen) => Checkpoint.Open(stream, new OpenOptions { Threads = -1 }, leaveOpen: leaveOpen),
        (stream, leaveOpen) => Checkpoint.Open(stream, WithoutLimits(), leaveOpen: leaveOpen),
        (stream, leaveOpen) => Checkpoint.Open(stream, new OpenOptions { Name = "\0" }, leaveOpen: leaveOpen),
        (stream, leaveOpen) => Checkpoint.Open(stream, new OpenOptions { Limits = new Limits { MaxTensors = 1 } }, leaveOpen: leaveOpen),
        (stream, leaveOpen) =>
        {
          ((WatchedStream)stream).Unseekable = true;
          Checkpoint.Open(stream, leaveOpen: leaveOpen);
        },
      })
      {
        WatchedStream given = new WatchedStream(content, 0), kept = new WatchedStream(content, 0);
        Assert.ThrowsAny<Exception>(() => open(given, false));
        Assert.Equal(1, given.Disposals);
        Assert.ThrowsAny<Exception>(() => open(kept, true));
        Assert.Equal(0, kept.Disposals);
      }
    }

    [Fact]
    public void ErrorsNameAStream()
    {
      byte[] broken = File.ReadAllBytes(Data.File("bad_text.pt"));
      var named = new OpenOptions { Name = "pak0/größe" };
      Assert.Equal("pak0/größe", Assert.Throws<WeightportException>(() => Checkpoint.Open(new MemoryStream(broken), named)).File);
      Assert.Equal("pak0/größe", Assert.Throws<WeightportException>(() => Checkpoint.Open(broken, named)).File);
      Assert.Equal("stream", Assert.Throws<WeightportException>(() => Checkpoint.Open(new MemoryStream(broken))).File);
      Assert.Equal("memory", Assert.Throws<WeightportException>(() => Checkpoint.Open(broken)).File);
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar")))
      {
        var sink = new WatchedStream(new byte[0], 0) { Failure = new IOException("full") };
        Assert.Equal("pipe", Fails(ErrorCode.Callback, () => checkpoint.Save(sink, new SaveOptions { Name = "pipe" })).File);
        Assert.Equal("stream", Fails(ErrorCode.Callback, () => checkpoint.Save(sink)).File);
      }
    }

    [Fact]
    public void StreamsAreReadAndWritten()
    {
      var stream = new WatchedStream(File.ReadAllBytes(Data.File("checkpoint.tar")), 7);
      var saved = new MemoryStream();
      using (Checkpoint checkpoint = Checkpoint.Open(stream))
      {
        Assert.False(stream.IsDisposed);
        checkpoint.Save(saved);
        using (Checkpoint file = Checkpoint.Open(Data.File("checkpoint.tar"))) Assert.Empty(file.Diff(checkpoint));
      }
      Assert.True(stream.IsDisposed);
      Assert.Contains("position", Assert.Throws<ArgumentException>(() => Checkpoint.Open(saved, leaveOpen: true)).Message);
      saved.Position = 0;
      using (Checkpoint again = Checkpoint.Open(saved, leaveOpen: true))
      using (Checkpoint file = Checkpoint.Open(Data.File("checkpoint.tar")))
      {
        Assert.Equal(Format.TorchZip, again.Format);
        Assert.Empty(file.Diff(again));
      }
      Assert.True(saved.CanRead);
      using (FileStream file = File.OpenRead(Data.File("bad_text.pt")))
      {
        Assert.Equal(file.Name, Assert.Throws<WeightportException>(() => Checkpoint.Open(file, leaveOpen: true)).File);
        Assert.True(file.CanRead);
      }
      Assert.Throws<ArgumentException>(() => Checkpoint.Open(new WatchedStream(new byte[1], 0) { Unseekable = true }));
    }

    [Fact]
    public void WhatAStreamThrowsIsTheInnerException()
    {
      byte[] content = File.ReadAllBytes(Data.File("checkpoint.tar"));
      var stop = new InvalidOperationException("stop");
      Assert.Same(stop, Fails(ErrorCode.Callback, () => Checkpoint.Open(new WatchedStream(content, 0) { Failure = stop })).InnerException!);

      var stream = new WatchedStream(content, 0);
      using (Checkpoint checkpoint = Checkpoint.Open(stream))
      using (StateDict weights = checkpoint.StateDict())
      using (Tensor tensor = weights["fc.weight"])
      {
        stream.Failure = stop;
        Assert.Same(stop, Fails(ErrorCode.Callback, () => tensor.AsSpan<float>()).InnerException!);
        Assert.Same(stop, Fails(ErrorCode.Callback, () => tensor.ToArray<float>()).InnerException!);
        Assert.Same(stop, Fails(ErrorCode.Callback, () => checkpoint.Save(Temporary("a.pt"))).InnerException!);
        Assert.Same(stop, Fails(ErrorCode.Callback, () => checkpoint.Save(new MemoryStream())).InnerException!);
        stream.Failure = null;
        Assert.True(tensor.AsSpan<float>().Length > 0);
        var sink = new WatchedStream(new byte[0], 0) { Failure = stop };
        Assert.Same(stop, Fails(ErrorCode.Callback, () => checkpoint.Save(sink)).InnerException!);
      }
      Assert.True(stream.IsDisposed);
    }

    [Fact]
    public void WhatAStreamThrowsIsFoundWhereverItsTensorsWent()
    {
      var stop = new InvalidOperationException("stop");
      var stream = new WatchedStream(File.ReadAllBytes(Data.File("checkpoint.tar")), 0);
      using (Checkpoint failing = Checkpoint.Open(stream), file = Checkpoint.Open(Data.File("checkpoint.tar")))
      using (var other = new Checkpoint())
      using (var more = new StateDict())
      using (StateDict weights = failing.StateDict())
      using (Tensor tensor = weights["fc.weight"])
      using (Value value = Value.From(new[] { tensor }))
      {
        stream.Failure = stop;
        other.SetStateDict("model", weights);
        Assert.Same(stop, Fails(ErrorCode.Callback, () => other.Save(Temporary("a.pt"))).InnerException!);
        Assert.Same(stop, Fails(ErrorCode.Callback, () => file.Diff(failing)).InnerException!);
        more.Set("a", tensor);
        using (Tensor again = more["a"]) Assert.Same(stop, Fails(ErrorCode.Callback, () => again.ToArray<float>()).InnerException!);
        using (Tensor again = value[0].AsTensor()) Assert.Same(stop, Fails(ErrorCode.Callback, () => again.ToArray<float>()).InnerException!);
      }
    }

    [Fact]
    public void TheLatestCausesAreKept()
    {
      int first = Causes.Keep(new Exception("first")), second = Causes.Keep(new Exception("second")), last = 0;
      for (int i = 0; i < 63; i++) last = Causes.Keep(new Exception("last"));
      Assert.Null(Causes.Take(first));
      Assert.Equal("second", Causes.Take(second)!.Message);
      Assert.Null(Causes.Take(second));
      Assert.Equal("last", Causes.Take(last)!.Message);
      Assert.Null(Causes.Take(0));
      Assert.Null(Causes.Take(-1));
    }

    [Fact]
    public void ProgressIsTold()
    {
      var seen = new List<Progress>();
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar")))
      {
        checkpoint.Save(Temporary("a.pt"), progress: new Reporter(seen.Add));
        Assert.True(seen.Count > 0 && seen[0].Total > 0 && seen[seen.Count - 1].Done == seen[seen.Count - 1].Total, seen.Count + " reports");
        var stop = new InvalidOperationException("stop");
        Action save = () => checkpoint.Save(Temporary("b.pt"), progress: new Reporter(progress => { throw stop; }));
        Assert.Same(stop, Fails(ErrorCode.Callback, save).InnerException!);
        Assert.False(File.Exists(Temporary("b.pt")));
      }
    }

    [Fact]
    public void ACancellationTokenCancels()
    {
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("checkpoint.tar")))
      using (var source = new CancellationTokenSource())
      {
        Action save = () => checkpoint.Save(Temporary("a.pt"), progress: new Reporter(_ => source.Cancel()), cancellationToken: source.Token);
        var cancelled = Assert.ThrowsAny<OperationCanceledException>(save);
        Assert.Equal(source.Token, cancelled.CancellationToken);
        Assert.Equal(ErrorCode.Cancelled, ((WeightportException)cancelled.InnerException!).Code);
        Assert.False(File.Exists(Temporary("a.pt")));
        Assert.ThrowsAny<OperationCanceledException>(() => Checkpoint.Open(Data.File("checkpoint.tar"), cancellationToken: source.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => checkpoint.Verify(cancellationToken: source.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => checkpoint.Diff(checkpoint, cancellationToken: source.Token));
      }
    }

    internal sealed class Reporter : IProgress<Progress>
    {
      readonly Action<Progress> report;
      internal Reporter(Action<Progress> report) { this.report = report; }
      public void Report(Progress progress) => report(progress);
    }

    /// <summary>Gives a few bytes at a time, and throws on demand.</summary>
    sealed class WatchedStream : MemoryStream
    {
      readonly int most;
      internal Exception? Failure;
      internal bool Unseekable;
      internal int Disposals;
      internal bool IsDisposed => Disposals > 0;

      internal WatchedStream(byte[] content, int most)
      {
        this.most = most;
        base.Write(content, 0, content.Length);
        Position = 0;
      }

      public override bool CanSeek => !Unseekable;

      public override int Read(Span<byte> buffer)
      {
        if (Failure != null) throw Failure;
        return base.Read(most > 0 && buffer.Length > most ? buffer.Slice(0, most) : buffer);
      }

      public override void Write(ReadOnlySpan<byte> buffer)
      {
        if (Failure != null) throw Failure;
        base.Write(buffer);
      }

      protected override void Dispose(bool disposing)
      {
        Disposals++;
        base.Dispose(disposing);
      }
    }
  }
}
