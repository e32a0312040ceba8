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

// What C calls with the token of a cgo.Handle. None lets a panic out; each returns false to fail the operation.
type (
	Reader interface {
		ReadAt(p []byte, offset int64) bool
		Close()
	}
	Writer   interface{ Write(p []byte) bool }
	Progress interface{ Progress(done, total uint64) bool }
)

func status(ok bool) C.int32_t {
	if ok {
		return 0
	}
	return -1
}

//export wpGoReadAt
func wpGoReadAt(offset C.uint64_t, buffer unsafe.Pointer, size C.size_t, token C.uintptr_t) C.int32_t {
	return status(cgo.Handle(token).Value().(Reader).ReadAt(unsafe.Slice((*byte)(buffer), int(size)), int64(offset)))
}

//export wpGoClose
func wpGoClose(token C.uintptr_t) {
	handle := cgo.Handle(token)
	handle.Value().(Reader).Close()
	handle.Delete()
}

//export wpGoWrite
func wpGoWrite(bytes unsafe.Pointer, size C.size_t, token C.uintptr_t) C.int32_t {
	return status(cgo.Handle(token).Value().(Writer).Write(unsafe.Slice((*byte)(bytes), int(size))))
}

//export wpGoProgress
func wpGoProgress(done, total C.uint64_t, token C.uintptr_t) C.int32_t {
	return status(cgo.Handle(token).Value().(Progress).Progress(uint64(done), uint64(total)))
}
