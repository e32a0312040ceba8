// SPDX-License-Identifier: MIT

package raw

// #cgo CFLAGS: -Wno-unused-function
// #include <stddef.h>
// #include <stdint.h>
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// What C calls with the token of a cgo.Handle. None lets a panic out; each returns 0, or a status to fail the operation with.
type (
	Reader interface {
		ReadAt(p []byte, offset int64) int32
		Close()
	}
	Writer   interface{ Write(p []byte) int32 }
	Progress interface {
		Progress(done, total uint64) int32
	}
)

//export wpGoReadAt
func wpGoReadAt(offset C.uint64_t, buffer unsafe.Pointer, size C.size_t, token C.uintptr_t) C.int32_t {
	return C.int32_t(cgo.Handle(token).Value().(Reader).ReadAt(unsafe.Slice((*byte)(buffer), int(size)), int64(offset)))
}

//export wpGoClose
func wpGoClose(token C.uintptr_t) {
	handle := cgo.Handle(token)
	handle.Value().(Reader).Close()
	handle.Delete()
}

//export wpGoWrite
func wpGoWrite(bytes unsafe.Pointer, size C.size_t, token C.uintptr_t) C.int32_t {
	return C.int32_t(cgo.Handle(token).Value().(Writer).Write(unsafe.Slice((*byte)(bytes), int(size))))
}

//export wpGoProgress
func wpGoProgress(done, total C.uint64_t, token C.uintptr_t) C.int32_t {
	return C.int32_t(cgo.Handle(token).Value().(Progress).Progress(uint64(done), uint64(total)))
}
