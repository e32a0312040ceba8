// SPDX-License-Identifier: MIT

package raw

import "C"

import "unsafe"

// The facts that Wpb_tensor_facts fills in, as constants.
const (
	Dtype = iota
	Ndim
	Numel
	Nbytes
	Itemsize
	Layout
	StorageOffset
	StorageID
	StorageNbytes
	Flags
	Shape
	Strides
	Facts
)

// What Flags is made of.
const (
	RequiresGrad = 1 << iota
	Parameter
	Contiguous
	Conj
	Neg
)

// Pointer is an address of C's as a pointer.
func Pointer(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}

// Text copies a NUL-terminated text of C's; "" for NULL.
func Text(address uintptr) string {
	return C.GoString((*C.char)(Pointer(address)))
}

// String copies a text of C's that has a size; "" for NULL.
func String(address uintptr, size uint64) string {
	return string(unsafe.Slice((*byte)(Pointer(address)), int(size)))
}

// Bytes copies memory of C's.
func Bytes(address uintptr, size uint64) []byte {
	return append([]byte{}, unsafe.Slice((*byte)(Pointer(address)), int(size))...)
}

// Int64s copies numbers of C's; nil for NULL.
func Int64s(address uintptr, count int64) []int64 {
	if address == 0 {
		return nil
	}
	return append([]int64{}, unsafe.Slice((*int64)(Pointer(address)), int(count))...)
}
