// SPDX-License-Identifier: MIT
using System;
using System.Linq;
using System.Numerics;
using Xunit;

namespace Weightport.Tests
{
  public class TensorTests : Test
  {
    [Fact]
    public void ElementsAreSeenWithoutACopy()
    {
      using (Tensor tensor = Tensor.From(new float[] { 1, 2, 3, 4, 5, 6 }, 2, 3))
      {
        Assert.Equal("float32 [2, 3]", tensor.ToString());
        Assert.Equal(new long[] { 3, 1 }, tensor.Strides.ToArray());
        Assert.Equal(24L, tensor.NBytes);
        Assert.True(tensor.IsContiguous);
        Span<float> written = tensor.MutableSpan<float>();
        written[5] = 7;
        Assert.Equal(7f, tensor.AsSpan<float>()[5]);
        Assert.Equal(new float[] { 3, 4 }, tensor.AsSpan<float>(2, 2).ToArray());
        Assert.Equal(24, tensor.AsBytes().Length);
        ReadOnlyMemory<float> memory = tensor.AsMemory<float>(), part = tensor.AsMemory<float>(4, -1);
        written = tensor.MutableMemory<float>().Span;
        written[4] = 8;
        Assert.Equal(8f, memory.Span[4]);
        Assert.Equal(new float[] { 8, 7 }, part.ToArray());
        using (var pin = memory.Pin()) Assert.True(!memory.IsEmpty);
        Assert.Equal(new[] { 4, 2 }, tensor.Chunks<float>(4).Select(chunk => chunk.Length).ToArray());
      }
    }

    [Fact]
    public void AnEmptyShapeIsAScalars()
    {
      var none = new long[0];
      using (Tensor scalar = Tensor.From(new float[] { 2.5f }, none), wrapped = Tensor.Wrap<long>(new long[] { 7 }, none))
      using (Tensor row = Tensor.From(new float[] { 2.5f }))
      {
        Assert.Equal("float32 []", scalar.ToString());
        Assert.Equal(2.5, scalar.Item());
        Assert.Equal(0, wrapped.NDim);
        Assert.Equal(7.0, wrapped.Item());
        Assert.Equal("float32 [1]", row.ToString());
      }
      Fails(ErrorCode.Mismatch, () => Tensor.From(new float[] { 1, 2 }, none));
      Fails(ErrorCode.Mismatch, () => Tensor.Wrap<long>(new long[] { 1, 2 }, none));
      Assert.Throws<ArgumentNullException>(() => Tensor.From(new float[] { 1 }, null!));
      Assert.Throws<ArgumentNullException>(() => Tensor.Wrap<float>(new float[] { 1 }, null!));
    }

    [Fact]
    public void ElementsAreConvertedIntoCopies()
    {
      using (Tensor tensor = Tensor.From(new double[] { 0, 1.5, -2, 300 }))
      using (Tensor half = tensor.To(DType.BFloat16))
      {
        Assert.Equal(new long[] { 0, 1, -2, 300 }, tensor.ToArray<long>());
        Assert.Equal(new bool[] { false, true, true, true }, tensor.ToArray<bool>());
        Assert.Equal(new Complex(1.5, 0), tensor.ToArray<Complex>()[1]);
        Assert.Equal(-2f, (float)half.AsSpan<BFloat16>()[2]);
        Assert.Equal(new float[] { 0, 1.5f, -2, 300 }, half.ToArray<float>());
        var target = new float[4];
        tensor.CopyTo<float>(target);
        Assert.Equal(300f, target[3]);
        Fails(ErrorCode.Mismatch, () => tensor.CopyTo<float>(new float[3]));
        Fails(ErrorCode.Unsupported, () => tensor.ToArray<char>());
      }
    }

    [Fact]
    public void AViewBeginsWhereItsTensorDoes()
    {
      using (Tensor all = Tensor.From(new float[] { 1, 2, 3, 4 }, 4))
      using (Tensor half = all.AsStrided(new long[] { 2 }, null, 2))
      using (Tensor first = half.AsStrided(new long[] { 1 }), start = half.AsStrided(new long[] { 1 }, null, 0))
      {
        Assert.Equal(3.0, first.Item());
        Assert.Equal(1.0, start.Item());
      }
    }

    [Fact]
    public void WhatCannotBeSeenIsRefused()
    {
      using (Tensor tensor = Tensor.From(new float[] { 1, 2, 3, 4 }, 2, 2))
      using (Tensor turned = tensor.AsStrided(new long[] { 2, 2 }, new long[] { 1, 2 }))
      using (Tensor row = turned.Contiguous())
      {
        Fails(ErrorCode.Mismatch, () => tensor.AsSpan<int>());
        Fails(ErrorCode.Mismatch, () => turned.AsSpan<float>());
        Fails(ErrorCode.Mismatch, () => turned.AsBytes());
        Fails(ErrorCode.Mismatch, () => tensor.Item());
        Fails(ErrorCode.Mismatch, () => tensor.AsStrided(new long[] { 9 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.AsSpan<float>(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.AsSpan<float>(-1, 2));
        Fails(ErrorCode.Mismatch, () => Tensor.From(new float[] { 1, 2 }, 3).Dispose());
        Fails(ErrorCode.InvalidArgument, () => Tensor.Zeros(DType.Float32, -1));
        Assert.Equal(new float[] { 1, 3, 2, 4 }, row.AsSpan<float>().ToArray());
        Assert.Equal(turned.StorageId, tensor.StorageId);
        Assert.NotEqual(row.StorageId, tensor.StorageId);
      }
    }

    [Fact]
    public void AMappedFileIsWrittenInPrivateOnly()
    {
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("state_dict.pt")))
      using (StateDict weights = checkpoint.StateDict())
      using (Tensor tensor = weights.Values.First(candidate => candidate.DType == DType.Float32 && candidate.IsContiguous))
      {
        Fails(ErrorCode.Unsupported, () => tensor.MutableSpan<float>());
        float first = tensor.AsSpan<float>()[0];
        Span<float> written = tensor.PrivateSpan<float>();
        written[0] = first + 1;
        Assert.Equal(first + 1, tensor.AsSpan<float>()[0]);
      }
      var owned = new OpenOptions { Memory = MemoryMode.Read, Threads = 2 };
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("state_dict.pt"), owned))
      using (StateDict weights = checkpoint.StateDict())
      using (Tensor tensor = weights.Values.First(candidate => candidate.DType == DType.Float32 && candidate.IsContiguous))
      {
        Span<float> written = tensor.MutableSpan<float>();
        written[0] = 9;
        Assert.Equal(9f, tensor.ToArray<float>()[0]);
      }
    }

    [Fact]
    public void MemoryOfDotNetIsWrapped()
    {
      var elements = new long[] { 1, 2, 3 };
      using (Tensor tensor = Tensor.Wrap<long>(elements))
      {
        Collect();
        elements[1] = 5;
        Assert.Equal(new long[] { 1, 5, 3 }, tensor.AsSpan<long>().ToArray());
        Span<long> written = tensor.MutableSpan<long>();
        written[0] = 7;
        Assert.Equal(7L, elements[0]);
      }
      Fails(ErrorCode.Mismatch, () => Tensor.Wrap<long>(elements, 2));
    }

    [Fact]
    public void SparseAndQuantizedTensorsHaveParts()
    {
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("sparse.pt")))
      {
        using (Tensor sparse = checkpoint.Root.First(value => value.Kind == Kind.Tensor).AsTensor())
        using (Tensor values = sparse.Part(TensorPart.Values)!)
        {
          Assert.NotEqual(Layout.Strided, sparse.Layout);
          Assert.Equal(0, sparse.Strides.Length);
          Assert.True(values.Numel > 0);
          Assert.Null(sparse.Part(TensorPart.Scales));
          Fails(ErrorCode.Unsupported, () => sparse.AsMemory<float>().ToArray());
        }
      }
      using (Checkpoint checkpoint = Checkpoint.Open(Data.File("quantized.pt")))
      {
        foreach (Value value in checkpoint.Root.Where(value => value.Kind == Kind.Tensor))
        {
          using (Tensor tensor = value.AsTensor())
          {
            if (tensor.QScheme == QScheme.PerTensorAffine) Assert.True(tensor.QScale > 0 && tensor.QPerChannelAxis == -1);
            if (tensor.QScheme != QScheme.PerChannelAffine) continue;
            using (Tensor scales = tensor.Part(TensorPart.Scales)!) Assert.Equal(tensor.Shape[(int)tensor.QPerChannelAxis], scales.Numel);
          }
        }
      }
    }

    [Fact]
    public void DTypesHaveNames()
    {
      foreach (DType dtype in Enum.GetValues(typeof(DType)))
      {
        if (dtype == DType.Undefined) continue;
        Assert.Equal(dtype, DTypes.FromName("torch." + dtype.Name()));
        Assert.True(dtype.ItemSize() > 0, dtype.Name());
      }
      Assert.Equal(DType.Undefined, DTypes.FromName("float33"));
      Assert.Equal(DType.Float32, DTypes.Of<float>());
      Assert.Equal(DType.Complex64, DTypes.Of<Complex64>());
    }
  }
}
