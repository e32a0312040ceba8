// SPDX-License-Identifier: MIT

package weightport

import (
	"runtime"
	"sync/atomic"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// Tensor is a view of a storage: dtype, shape, strides and offset, counted in elements. It keeps the storage, and the mapped
// file behind it, alive.
type Tensor struct {
	core *tensorCore
	gone atomic.Bool
}

// tensorCore is a reference to a tensor of C's that several Tensors share, and what never changes about it.
type tensorCore struct {
	*handle
	users   atomic.Int64
	data    atomic.Uintptr    // once it is known
	facts   *[raw.Facts]int64 // by itself: C may not see an object that holds pointers
	shape   []int64
	strides []int64
}

// newTensorCore takes a new reference.
func newTensorCore(address uintptr) *tensorCore {
	core := &tensorCore{handle: newHandle(address, raw.Wp_tensor_release), facts: new([raw.Facts]int64)}
	core.users.Store(1)
	raw.Wpb_tensor_facts(address, core.facts[:])
	ndim := core.facts[raw.Ndim]
	core.shape = raw.Int64s(uintptr(core.facts[raw.Shape]), ndim)
	core.strides = raw.Int64s(uintptr(core.facts[raw.Strides]), ndim)
	return core
}

// share is one more Tensor; the caller holds one, so there is no race with the last Close.
func (c *tensorCore) share() *Tensor {
	c.users.Add(1)
	return &Tensor{core: c}
}

// unshare tells whether others are left.
func (c *tensorCore) unshare() bool {
	if c.users.Add(-1) == 0 {
		c.close()
		return false
	}
	return true
}

// newTensor takes a new reference.
func newTensor(address uintptr) *Tensor {
	core := newTensorCore(address)
	core.net()
	return &Tensor{core: core}
}

// another runs a function of C's that makes another tensor of this one, which own takes.
func (t *Tensor) another(own func(uintptr) *Tensor, function func(out *uintptr, address uintptr) uintptr) (*Tensor, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.leave()
	var out uintptr
	if err := check(function(&out, t.core.address)); err != nil {
		return nil, err
	}
	return own(out), nil
}

// Zeros makes a tensor of zeros that may be written.
func Zeros(dtype DType, shape ...int64) (*Tensor, error) {
	var address uintptr
	shape = append([]int64(nil), shape...)
	if err := check(raw.Wp_tensor_create(&address, int(dtype), shape, int64(len(shape)))); err != nil {
		return nil, err
	}
	return newAllocated(address), nil
}

// Close gives the tensor up; slices that Data returned are then no longer valid, unless another Tensor from the same
// StateDict's lookup of the same name is open. A second Close does nothing.
func (t *Tensor) Close() error {
	if t.gone.CompareAndSwap(false, true) {
		t.core.unshare()
	}
	return nil
}

func (t *Tensor) enter() error {
	if t.gone.Load() {
		return ErrClosed
	}
	return t.core.enter()
}

func (t *Tensor) leave() {
	t.core.leave()
	runtime.KeepAlive(t)
}

// What a tensor is. None of these can fail, also after Close.

// DType is the element type.
func (t *Tensor) DType() DType { return DType(t.core.facts[raw.Dtype]) }

// Shape is the sizes, never nil. The slice is the tensor's: do not write to it.
func (t *Tensor) Shape() []int64 { return t.core.shape }

// Strides are counted in elements; nil for a sparse tensor. The slice is the tensor's: do not write to it.
func (t *Tensor) Strides() []int64 { return t.core.strides }

// NumEl is the number of elements.
func (t *Tensor) NumEl() int64 { return t.core.facts[raw.Numel] }

// NBytes is the bytes of the elements when contiguous.
func (t *Tensor) NBytes() int64 { return t.core.facts[raw.Nbytes] }

// StorageOffset is the number of elements from the start of the storage to the first one.
func (t *Tensor) StorageOffset() int64 { return t.core.facts[raw.StorageOffset] }

// StorageID is equal for two open tensors exactly if they share a storage; 0 if it has none (meta, sparse).
func (t *Tensor) StorageID() uint64 { return uint64(t.core.facts[raw.StorageID]) }

// StorageNBytes is the bytes of the whole storage.
func (t *Tensor) StorageNBytes() int64 { return t.core.facts[raw.StorageNbytes] }

// Layout is strided or one of the sparse layouts.
func (t *Tensor) Layout() Layout { return Layout(t.core.facts[raw.Layout]) }

func (t *Tensor) has(flag int64) bool { return t.core.facts[raw.Flags]&flag != 0 }

// RequiresGrad is true if it was saved so.
func (t *Tensor) RequiresGrad() bool { return t.has(raw.RequiresGrad) }

// IsParameter is true if it was saved as torch.nn.Parameter.
func (t *Tensor) IsParameter() bool { return t.has(raw.Parameter) }

// IsContiguous is true if the elements lie in row-major order without gaps.
func (t *Tensor) IsContiguous() bool { return t.has(raw.Contiguous) }

// IsConj is true if the stored complex numbers stand for their conjugates.
func (t *Tensor) IsConj() bool { return t.has(raw.Conj) }

// IsNeg is true if the stored numbers stand for their negatives.
func (t *Tensor) IsNeg() bool { return t.has(raw.Neg) }

// Device is where it is or was saved from: "cpu", "cuda:0", "meta"; "" after Close.
func (t *Tensor) Device() string {
	if t.enter() != nil {
		return ""
	}
	defer t.leave()
	return raw.Text(raw.Wp_tensor_device(t.core.address))
}

// Quantizer says how the integers of a quantized tensor stand for real numbers; nil for an ordinary tensor, and after Close.
func (t *Tensor) Quantizer() *Quantizer {
	if t.enter() != nil {
		return nil
	}
	defer t.leave()
	scheme := QScheme(raw.Wp_tensor_qscheme(t.core.address))
	if scheme == QSchemeNone {
		return nil
	}
	return &Quantizer{
		Scheme:    scheme,
		Scale:     raw.Wp_tensor_q_scale(t.core.address),
		ZeroPoint: raw.Wp_tensor_q_zero_point(t.core.address),
		Axis:      raw.Wp_tensor_q_per_channel_axis(t.core.address),
	}
}

// Part is a strided tensor that a sparse or per-channel quantized tensor is made of.
func (t *Tensor) Part(part Part) (*Tensor, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.leave()
	address := raw.Wp_tensor_get_part(t.core.address, int(part))
	if address == 0 {
		return nil, newError(ErrNotFound, "", "the tensor has no such part")
	}
	return newTensor(raw.Wp_tensor_retain(address)), nil
}

// Contiguous is a copy in memory that may be written, row by row.
func (t *Tensor) Contiguous() (*Tensor, error) {
	return t.another(newAllocated, raw.Wp_tensor_contiguous)
}

// To is a contiguous copy in another dtype, converted as Tensor.to() does.
func (t *Tensor) To(dtype DType) (*Tensor, error) {
	return t.another(newAllocated, func(out *uintptr, address uintptr) uintptr {
		return raw.Wp_tensor_to(out, address, int(dtype))
	})
}

// View is another view of the same storage: torch.as_strided. Nil strides are contiguous ones; offset counts from the start
// of the storage.
func (t *Tensor) View(offset int64, shape, strides []int64) (*Tensor, error) {
	if strides != nil && len(strides) != len(shape) {
		return nil, newError(ErrInvalidArgument, "", "%d sizes and %d strides", len(shape), len(strides))
	}
	shape, strides = append([]int64(nil), shape...), append([]int64(nil), strides...)
	return t.another(newTensor, func(out *uintptr, address uintptr) uintptr {
		return raw.Wp_tensor_view(out, address, offset, shape, strides, int64(len(shape)))
	})
}

// Item is the number in a tensor of one element.
func (t *Tensor) Item() (float64, error) {
	if err := t.enter(); err != nil {
		return 0, err
	}
	defer t.leave()
	var number float64
	err := check(raw.Wp_tensor_item(&number, t.core.address))
	return number, err
}
