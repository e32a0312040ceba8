// SPDX-License-Identifier: MIT

package weightport

import (
	"unsafe"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// Data is the elements themselves: a slice over the tensor's memory, a mapped file mostly, which must not be written. It is
// valid until t.Close and while t is reachable, which it is not after its last use in the program, also where the slice is used
// later: have a deferred t.Close or a runtime.KeepAlive(t) behind the last use of the slice, or take a View.
//
// The tensor must be contiguous and of T's dtype, else the error is ErrMismatch: Copy converts, and Contiguous makes it so.
func Data[T Element](t *Tensor) ([]T, error) {
	return elements[T](t, dtypeOf[T](), (*tensorCore).bytes)
}

// MutableData is Data to be written. Memory that is read-only, a mapped file say, is ErrUnsupported: use Contiguous first,
// PrivateData, or open with MemoryRead.
func MutableData[T Element](t *Tensor) ([]T, error) {
	return elements[T](t, dtypeOf[T](), func(c *tensorCore) (address uintptr, err error) {
		err = check(raw.Wp_tensor_mutable_data(&address, c.address))
		return address, err
	})
}

// PrivateData is Data to be written in private: pages of a mapped file become this process's own when they are written. The
// file never changes, every tensor of the same storage sees what was written, and saving writes it.
func PrivateData[T Element](t *Tensor) ([]T, error) {
	return elements[T](t, dtypeOf[T](), func(c *tensorCore) (address uintptr, err error) {
		err = check(raw.Wp_tensor_private_data(&address, c.address))
		return address, err
	})
}

// Bytes is Data for a contiguous tensor of any dtype, in this machine's byte order.
func Bytes(t *Tensor) ([]byte, error) {
	return elements[byte](t, t.DType(), (*tensorCore).bytes)
}

// elements is a slice over a contiguous tensor of a dtype.
func elements[T Element](t *Tensor, dtype DType, address func(*tensorCore) (uintptr, error)) ([]T, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.leave()
	if t.DType() != dtype {
		return nil, newError(ErrMismatch, "", "the tensor is %v, not %v", t.DType(), dtype)
	}
	if !t.IsContiguous() {
		return nil, newError(ErrMismatch, "", "the tensor is not contiguous")
	}
	start, err := address(t.core)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(raw.Pointer(start)), int(t.NBytes())/int(unsafe.Sizeof(*new(T)))), nil
}

// View is Data that is valid until Close, whatever else is closed or collected.
type View[T Element] struct {
	Data   []T
	Tensor *Tensor // the View's own, of the same storage; closing it closes the View
}

// NewView is Data in a View of its own, to be closed:
//
//	view, err := weightport.NewView[float32](t)
//	...
//	defer view.Close()
//
// The collector never does it, as it cannot see who uses a slice of memory that is not Go's: a View that is not closed keeps
// the bytes, and the file that they are mapped from, until the program ends. What t holds is not the View's to close. Errors:
// those of Data.
func NewView[T Element](t *Tensor) (View[T], error) {
	if err := t.enter(); err != nil {
		return View[T]{}, err
	}
	defer t.leave()
	own := &Tensor{core: newTensorCore(raw.Wp_tensor_retain(t.core.address))}
	data, err := Data[T](own)
	if err != nil {
		own.Close()
		return View[T]{}, err
	}
	return View[T]{data, own}, nil
}

// Close gives the View up; its Data, in every copy of the View, is then no longer valid. A second Close does nothing.
func (v View[T]) Close() error {
	if v.Tensor == nil {
		return nil
	}
	return v.Tensor.Close()
}

// Copy is the elements in row-major order, converted to T as Tensor.to() does.
func Copy[T Element | bool](t *Tensor) ([]T, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.leave()
	out := make([]T, t.NumEl())
	buffer := asBytes(out)
	failure := raw.Wp_tensor_read(t.core.address, buffer, int64(len(buffer)), int(dtypeOf[T]()))
	if err := check(failure); err != nil {
		return nil, err
	}
	return out, nil
}

// NewTensor copies data into a tensor that may be written. Without a shape it has one dimension; an empty shape is that of a
// scalar, with no dimensions:
//
//	vector, err := weightport.NewTensor([]float32{1, 2})              // shape [2]
//	matrix, err := weightport.NewTensor([]float32{1, 2}, 1, 2)        // shape [1 2]
//	scalar, err := weightport.NewTensor([]float32{1}, []int64{}...)   // shape []
//
// Errors: ErrMismatch (as many elements do not have this shape), ErrInvalidArgument (a negative size).
func NewTensor[T Element | bool](data []T, shape ...int64) (*Tensor, error) {
	if shape == nil {
		shape = []int64{int64(len(data))}
	}
	t, err := Zeros(dtypeOf[T](), shape...)
	if err != nil {
		return nil, err
	}
	var address uintptr
	err = check(raw.Wp_tensor_mutable_data(&address, t.core.address))
	if err == nil && t.NumEl() != int64(len(data)) {
		err = newError(ErrMismatch, "", "%d elements for the shape %v", len(data), shape)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	copy(unsafe.Slice((*T)(raw.Pointer(address)), len(data)), data)
	return t, nil
}

// bytes is the address of the first element. The first call may read, inflate or byte-swap.
func (c *tensorCore) bytes() (uintptr, error) {
	if address := c.data.Load(); address != 0 {
		return address, nil
	}
	var address uintptr
	if err := check(raw.Wp_tensor_data(&address, c.address)); err != nil {
		return 0, err
	}
	c.data.Store(address)
	return address, nil
}

func asBytes[T any](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}
