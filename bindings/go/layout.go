// SPDX-License-Identifier: MIT

package weightport

// Layout is how the elements are laid out: torch.layout.
type Layout int32

const (
	LayoutStrided   Layout = 0
	LayoutSparseCOO Layout = 1
	LayoutSparseCSR Layout = 2
	LayoutSparseCSC Layout = 3
	LayoutSparseBSR Layout = 4
	LayoutSparseBSC Layout = 5
)

// Part is a strided tensor that a sparse or per-channel quantized tensor is made of.
type Part int32

const (
	PartIndices           Part = 0 // COO: indices()
	PartValues            Part = 1 // every sparse layout: values()
	PartCompressedIndices Part = 2 // CSR, BSR: crow_indices(); CSC, BSC: ccol_indices()
	PartPlainIndices      Part = 3 // CSR, BSR: col_indices(); CSC, BSC: row_indices()
	PartScales            Part = 4 // per channel: q_per_channel_scales()
	PartZeroPoints        Part = 5 // per channel: q_per_channel_zero_points()
)

// QScheme is torch.qscheme, under the numbers of c10::QScheme.
type QScheme int32

const (
	QSchemeNone                         QScheme = -1
	QSchemePerTensorAffine              QScheme = 0
	QSchemePerChannelAffine             QScheme = 1
	QSchemePerTensorSymmetric           QScheme = 2
	QSchemePerChannelSymmetric          QScheme = 3
	QSchemePerChannelAffineFloatQParams QScheme = 4
)

// Quantizer is how integers stand for real numbers.
type Quantizer struct {
	Scheme    QScheme
	Scale     float64 // of a per-tensor scheme
	ZeroPoint int64   // of a per-tensor scheme
	Axis      int64   // dimension of the channels of a per-channel scheme, else -1; see PartScales, PartZeroPoints
}
