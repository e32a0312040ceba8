// SPDX-License-Identifier: MIT
namespace Weightport
{
  /// <summary>How the elements are laid out: torch.layout.</summary>
  public enum Layout
  {
    /// <summary>Dense, by strides.</summary>
    Strided = 0,
    /// <summary>Coordinates.</summary>
    SparseCoo = 1,
    /// <summary>Compressed rows.</summary>
    SparseCsr = 2,
    /// <summary>Compressed columns.</summary>
    SparseCsc = 3,
    /// <summary>Compressed rows of blocks.</summary>
    SparseBsr = 4,
    /// <summary>Compressed columns of blocks.</summary>
    SparseBsc = 5,
  }

  /// <summary>A strided tensor that a sparse or per-channel quantized tensor is made of.</summary>
  public enum TensorPart
  {
    /// <summary>COO: indices().</summary>
    Indices = 0,
    /// <summary>Every sparse layout: values().</summary>
    Values = 1,
    /// <summary>CSR, BSR: crow_indices(); CSC, BSC: ccol_indices().</summary>
    CompressedIndices = 2,
    /// <summary>CSR, BSR: col_indices(); CSC, BSC: row_indices().</summary>
    PlainIndices = 3,
    /// <summary>Per channel: q_per_channel_scales().</summary>
    Scales = 4,
    /// <summary>Per channel: q_per_channel_zero_points().</summary>
    ZeroPoints = 5,
  }

  /// <summary>How integers of a quantized tensor stand for real numbers: torch.qscheme.</summary>
  public enum QScheme
  {
    /// <summary>An ordinary tensor.</summary>
    None = -1,
    /// <summary>One scale and zero point.</summary>
    PerTensorAffine = 0,
    /// <summary>A scale and zero point for each channel.</summary>
    PerChannelAffine = 1,
    /// <summary>One scale.</summary>
    PerTensorSymmetric = 2,
    /// <summary>A scale for each channel.</summary>
    PerChannelSymmetric = 3,
    /// <summary>A float scale and zero point for each channel.</summary>
    PerChannelAffineFloatQParams = 4,
  }
}
