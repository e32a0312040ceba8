// SPDX-License-Identifier: MIT

package weightport

import (
	"math"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// DType is an element type: PyTorch's, under the numbers of c10::ScalarType.
type DType int32

const (
	DTypeUndefined      DType = -1
	DTypeUInt8          DType = 0
	DTypeInt8           DType = 1
	DTypeInt16          DType = 2
	DTypeInt32          DType = 3
	DTypeInt64          DType = 4
	DTypeFloat16        DType = 5
	DTypeFloat32        DType = 6
	DTypeFloat64        DType = 7
	DTypeComplex32      DType = 8  // two float16: real, imaginary
	DTypeComplex64      DType = 9  // two float32
	DTypeComplex128     DType = 10 // two float64
	DTypeBool           DType = 11 // one byte, 0 or 1
	DTypeQInt8          DType = 12
	DTypeQUInt8         DType = 13
	DTypeQInt32         DType = 14
	DTypeBFloat16       DType = 15
	DTypeQUInt4x2       DType = 16 // two values in a byte
	DTypeQUInt2x4       DType = 17 // four values in a byte
	DTypeBits1x8        DType = 18
	DTypeBits2x4        DType = 19
	DTypeBits4x2        DType = 20
	DTypeBits8          DType = 21
	DTypeBits16         DType = 22
	DTypeFloat8E5M2     DType = 23
	DTypeFloat8E4M3FN   DType = 24
	DTypeFloat8E5M2FNUZ DType = 25
	DTypeFloat8E4M3FNUZ DType = 26
	DTypeUInt16         DType = 27
	DTypeUInt32         DType = 28
	DTypeUInt64         DType = 29
	DTypeUInt1          DType = 30 // uint1 to uint7 and int1 to int7 take one byte an element
	DTypeUInt2          DType = 31
	DTypeUInt3          DType = 32
	DTypeUInt4          DType = 33
	DTypeUInt5          DType = 34
	DTypeUInt6          DType = 35
	DTypeUInt7          DType = 36
	DTypeInt1           DType = 37
	DTypeInt2           DType = 38
	DTypeInt3           DType = 39
	DTypeInt4           DType = 40
	DTypeInt5           DType = 41
	DTypeInt6           DType = 42
	DTypeInt7           DType = 43
	DTypeFloat8E8M0FNU  DType = 44
	DTypeFloat4E2M1FNX2 DType = 45 // two values in a byte
	DTypeBComplex32     DType = 46
)

// DTypeOf is the dtype of a name, "float32" or "torch.float32"; DTypeUndefined if there is none.
func DTypeOf(name string) DType {
	c, err := text(name)
	if err != nil {
		return DTypeUndefined
	}
	return DType(raw.Wp_dtype_from_name(c))
}

// String is PyTorch's name without "torch.": "float32".
func (d DType) String() string { return raw.Text(raw.Wp_dtype_name(int(d))) }

// ItemSize is the bytes of one element; 0 for a number that is no dtype.
func (d DType) ItemSize() int { return int(raw.Wp_dtype_itemsize(int(d))) }

// Float16 is the bits of an IEEE half.
type Float16 uint16

// BFloat16 is the upper half of the bits of a float32.
type BFloat16 uint16

// Float32 is the same number.
func (b BFloat16) Float32() float32 { return math.Float32frombits(uint32(b) << 16) }

// Float32 is the same number.
func (h Float16) Float32() float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch {
	case exponent == 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	case exponent != 0:
		return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
	}
	subnormal := float32(fraction) / (1 << 24)
	return math.Float32frombits(sign | math.Float32bits(subnormal))
}

// Element is what the elements of a tensor can be seen as without a copy.
type Element interface {
	uint8 | int8 | uint16 | int16 | uint32 | int32 | uint64 | int64 | float32 | float64 |
		complex64 | complex128 | Float16 | BFloat16
}

// dtypeOf is the dtype whose elements are T.
func dtypeOf[T Element | bool]() DType {
	switch any(*new(T)).(type) {
	case float32:
		return DTypeFloat32
	case float64:
		return DTypeFloat64
	case Float16:
		return DTypeFloat16
	case BFloat16:
		return DTypeBFloat16
	case uint8:
		return DTypeUInt8
	case int8:
		return DTypeInt8
	case uint16:
		return DTypeUInt16
	case int16:
		return DTypeInt16
	case uint32:
		return DTypeUInt32
	case int32:
		return DTypeInt32
	case uint64:
		return DTypeUInt64
	case int64:
		return DTypeInt64
	case complex64:
		return DTypeComplex64
	case complex128:
		return DTypeComplex128
	case bool:
		return DTypeBool
	}
	return DTypeUndefined
}
